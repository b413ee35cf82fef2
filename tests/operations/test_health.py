"""What monitors ask: alive, ready, counted. And what the site says when a part of it is down."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from journal.models import PendingRecompute
from operations import errors, health
from tools.services import free_port


def ready(client=None):
    answer = (client or Client()).get("/readyz")
    return answer.status_code, answer.json()


def test_alive_asks_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready(plan):
    assert ready() == (
        200,
        {"ready": True, "parts": {"database": "ok", "migrations": "ok", "pending": "ok", "disk": "ok"}},
    )


def test_a_recompute_that_waits_too_long_is_told(plan, settings):
    PendingRecompute.objects.create(area_id="330127", indicator="P02")
    assert ready()[0] == 200
    PendingRecompute.objects.update(requested_at=timezone.now() - timedelta(seconds=settings.PENDING_SECONDS + 30))
    status, found = ready()
    assert (status, found["ready"]) == (503, False)
    assert found["parts"]["pending"].startswith("最早的待重算已等了 6")


def test_a_broker_that_is_down_is_told_without_its_address(plan, settings):
    settings.REDIS_URL = f"redis://:password@127.0.0.1:{free_port()}/0"
    status, found = ready()
    assert (status, found["parts"]["broker"]) == (503, "连不上（ConnectionError）")


@pytest.mark.stack
def test_a_broker_that_answers_is_ok_and_its_queue_is_counted(plan, settings, valkey_url):
    settings.REDIS_URL = valkey_url
    assert ready()[1]["parts"]["broker"] == "ok"
    assert "site_queue_depth" in Client().get("/metrics").content.decode()


def test_a_migration_that_has_not_run_is_told(plan):
    with connection.cursor() as cursor:
        latest = "(SELECT max(name) FROM django_migrations WHERE app = 'reporting')"
        cursor.execute(f"DELETE FROM django_migrations WHERE app = 'reporting' AND name = {latest}")
    assert ready()[1]["parts"]["migrations"].startswith("有 1 个数据库迁移没有执行")


def test_a_full_disk_is_told(plan, monkeypatch):
    monkeypatch.setattr(health, "FREE_BYTES", 2**62)
    assert ready()[1]["parts"]["disk"].startswith("VAR_DIR 所在磁盘只剩 ")


# Metrics ------------------------------------------------------------------------------------------


def numbers(text: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}


def test_metrics_count_requests_by_page_and_submissions_by_state(demo):
    client = Client()
    name = 'site_requests_total{method="GET",status="302",view="county"}'
    before = numbers(client.get("/metrics").content.decode()).get(name, 0)
    client.get("/counties/330127/")
    PendingRecompute.objects.create(area_id="330127", indicator="P02")
    found = numbers(client.get("/metrics").content.decode())
    assert found[name] == before + 1
    states = {key: value for key, value in found.items() if key.startswith("site_submissions")}
    assert states == {
        'site_submissions{state="draft"}': 1,
        'site_submissions{state="submitted"}': 1,
        'site_submissions{state="returned"}': 0,
        'site_submissions{state="approved"}': 1,
        'site_submissions{state="reopened"}': 0,
    }
    assert found["site_pending_recomputes"] == 1
    assert found["site_oldest_pending_seconds"] >= 0


def test_addresses_that_callers_make_up_add_no_series(db):
    client = Client()
    client.get("/nothing/here/")
    client.generic("PROPFIND", "/healthz")
    text = client.get("/metrics").content.decode()
    assert ("nothing/here" in text, "PROPFIND" in text) == (False, False)


@pytest.mark.parametrize(
    ("token", "headers", "address", "status"),
    [
        ("", {}, "127.0.0.1", 200),
        ("", {}, "::1", 200),
        ("", {}, "10.0.0.9", 404),
        ("", {"X-Forwarded-For": "10.0.0.9"}, "127.0.0.1", 404),
        ("right-token", {"Authorization": "Bearer right-token"}, "10.0.0.9", 200),
        ("right-token", {"Authorization": "Bearer wrong"}, "127.0.0.1", 404),
        ("right-token", {"Authorization": "Bearer 错"}, "127.0.0.1", 404),
        ("right-token", {}, "127.0.0.1", 404),
    ],
)
def test_metrics_are_not_public(db, settings, token, headers, address, status):
    settings.METRICS_TOKEN = token
    assert Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_monitors_ask_behind_the_proxy_by_the_machine_s_address(plan, settings, path):
    """As `curl` and Prometheus do on the site's own machine, which no name of ALLOWED_HOSTS means; nothing else is
    answered there."""
    settings.ALLOWED_HOSTS, settings.METRICS_TOKEN = ["monitor.example"], "right-token"
    settings.SECURE_SSL_REDIRECT = True
    client = Client(headers={"host": "127.0.0.1:8000", "Authorization": "Bearer right-token"})
    assert client.get(path).status_code == 200
    assert client.get(f"{path}/x").status_code == 400
    assert Client(headers={"host": "monitor.example"}).get("/accounts/login/").status_code == 301


def test_without_a_token_metrics_are_told_under_names_of_ours_alone(db, settings):
    """A page elsewhere whose name was made to mean this machine reads nothing through a browser here."""
    settings.METRICS_TOKEN = ""
    assert Client(headers={"host": "evil.example"}).get("/metrics").status_code == 400
    assert Client(headers={"host": "localhost"}).get("/metrics").status_code == 200


# What is down is said --------------------------------------------------------------------------------


def answered(error: BaseException, path="/"):
    try:
        raise error
    except BaseException:
        return errors.server_error(RequestFactory().get(path))


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("server closed the connection"), 503, "数据库暂时连不上。刚才的操作没有保存"),
        (OSError(28, "No space left on device"), 503, "服务器磁盘已满，存不下文件。刚才的操作没有保存"),
        (ValueError("secret detail"), 500, "刚才的操作没有完成，数据没有改动"),
        (OSError(2, "No such file"), 500, "刚才的操作没有完成，数据没有改动"),
    ],
)
def test_a_page_says_what_is_down_and_nothing_of_the_inside(error, status, words):
    answer = answered(error)
    text = answer.content.decode()
    assert (answer.status_code, words in text, str(error) in text) == (status, True, False)
    assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)


def test_the_api_says_it_as_a_problem():
    answer = answered(OperationalError("x"), "/api/v1/areas/")
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content) == {
        "type": "/problems/unavailable/",
        "title": "暂时不能服务",
        "status": 503,
        "detail": "数据库暂时连不上。刚才的操作没有保存。",
    }
