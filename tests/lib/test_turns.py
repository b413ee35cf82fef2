"""One login or token makes a few long things at a time, whatever process they are asked of."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from access.actions import create_token
from accounts.models import User

HOLDS = """
import sys
import django; django.setup()
from django.conf import settings
settings.LONG_AT_ONCE = 2
from lib.files.turns import _taken
from accounts.models import User
turn = _taken(User(pk=int(sys.argv[1])))
print("taken", flush=True)
sys.stdin.read()
"""
WORDS = "您已有 2 个文件正在生成或读取"


@pytest.fixture(autouse=True)
def two_at_once(settings, tmp_path):
    settings.LONG_AT_ONCE, settings.VAR_DIR = 2, tmp_path


def test_the_third_file_waits_until_one_is_gone(clients):
    client = clients["municipal"]
    first, second = client.get("/funding/flows.csv"), client.get("/funding/flows.xlsx")
    refused = client.get("/funding/flows.csv")
    assert (refused.status_code, refused["Retry-After"], WORDS in refused.content.decode()) == (429, "10", True)
    other = clients["leader"].get("/funding/flows.csv")
    assert [answer.status_code for answer in (first, second, other)] == [200, 200, 200]
    other.close()
    first.close()
    first.close()
    third = client.get("/funding/flows.csv")
    assert third.status_code == 200
    third.close()
    second.close()


def test_a_file_that_is_whole_and_one_that_fails_give_their_turns_back(clients):
    for _ in range(4):
        assert clients["municipal"].get("/overview.xlsx?year=2024").status_code == 200
        assert clients["municipal"].get("/overview.xlsx?year=nonsense").status_code == 404
        assert clients["municipal"].get(f"/imports/{'x' * 32}/").status_code == 404


def test_uploads_and_previews_are_counted_pages_are_not(clients):
    client = clients["municipal"]
    held = [client.get("/funding/flows.csv"), client.get("/funding/flows.csv")]
    assert client.post("/imports/", {"kind": "plan"}).status_code == 429
    assert client.get(f"/imports/{'x' * 32}/").status_code == 429
    assert client.get(f"/imports/{'x' * 32}/undo/").status_code == 429
    assert client.get("/imports/").status_code == 200
    for path in ("/charts/status.svg", "/charts/path/330127/P02.png", "/effort/"):
        assert client.get(path).status_code == 429, path
    for path in ("/pulls/nothing/try/", "/webhooks/nothing/test/", "/messages/test/", "/messages/log/test/"):
        typed = {"content_type": "application/x-www-form-urlencoded"}  # a form without a file, as browsers send it
        assert client.post(path, "", **typed).status_code == 429, path
    assert client.get("/funding/flows/").status_code == 200
    for answer in held:
        answer.close()


def test_a_token_has_turns_of_its_own(clients):
    token = create_token(name="县系统", organisation=User.objects.get(username="chunan").organisation, by=None)[1]
    client = Client(headers={"authorization": f"Bearer {token}"})
    held = [client.get(f"/api/v1/targets/?format={kind}") for kind in ("csv", "xlsx")]
    refused = client.get("/api/v1/targets/?format=csv")
    assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    assert refused["Content-Type"] == "application/problem+json"
    assert WORDS in refused.json()["detail"]
    assert client.get("/api/v1/targets/").status_code == 200
    for answer in held:
        answer.close()
    client.get("/api/v1/targets/?format=jsonstat&area=330127")
    assert client.get("/api/v1/targets/?format=jsonstat&area=330127").status_code == 200


def test_a_person_and_his_tokens_have_twice_as_many_together(clients):
    """With three tokens one person held every thread of a process."""
    admin = User.objects.get(username="admin")
    units = [User.objects.get(username=name).organisation for name in ("chunan", "tonglu")]
    tokens = [create_token(name="系统", organisation=unit, by=admin)[1] for unit in units]
    systems = [Client(headers={"authorization": f"Bearer {token}"}) for token in tokens]
    held = [clients["admin"].get("/funding/flows.csv") for _ in range(2)]
    held += [systems[0].get("/api/v1/targets/?format=csv") for _ in range(2)]
    for _ in range(2):  # as many times as the account has turns: who is refused takes none of them
        refused = systems[1].get("/api/v1/targets/?format=csv")
        assert (refused.status_code, refused["Retry-After"]) == (429, "10")
        assert "您和您生成的令牌已有 4 个文件正在生成或读取" in refused.json()["detail"]
    for answer in held:
        answer.close()
    again = systems[1].get("/api/v1/targets/?format=csv")
    assert again.status_code == 200
    again.close()


def test_the_processes_of_a_machine_count_together_and_one_that_dies_holds_nothing(clients, settings):
    user = User.objects.get(username="municipal").pk
    wiring = {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings", "VAR_DIR": str(settings.VAR_DIR)}
    wiring |= {"DATABASE_URL": f"sqlite:///{settings.VAR_DIR}/x.sqlite3", "REDIS_URL": ""}
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(user)],
            env=os.environ | wiring,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [holder.stdout.readline() for holder in holders] == ["taken\n"] * 2
    assert clients["municipal"].get("/overview.xlsx?year=2024").status_code == 429
    for holder in holders:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    assert clients["municipal"].get("/overview.xlsx?year=2024").status_code == 200
