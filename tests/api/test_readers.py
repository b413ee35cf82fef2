"""What others read the API with: a generated client, pyjstat; and what each role may see of submissions."""

import importlib
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from pyjstat import pyjstat

from indicators.models import Assessment
from lib.listapi.openapi import described
from reporting.models import Submission

FORMATS = ("json", "csv")
OPEN = ("areas", "indicators", "targets", "standards", "observations", "assessments")
SEES = {
    **dict.fromkeys(("admin", "municipal", "leader"), {"330122", "330127", "330182"}),
    **dict.fromkeys(("tonglu", "tonglu-health"), {"330122"}),
    **dict.fromkeys(("chunan", "chunan-health"), {"330127"}),
    "stats": set(),
}


@pytest.mark.parametrize("username", [*SEES, None])
@pytest.mark.parametrize("kind", FORMATS)
def test_every_role_reads_every_list_of_official_figures(clients, username, kind):
    expected = 401 if username is None else 200
    for path in OPEN:
        response = clients[username].get(f"/api/v1/{path}/", {"format": kind, "page_size": 5})
        assert (path, response.status_code) == (path, expected)
    response = clients[username].get("/api/v1/assessments/330122/P01/2024/")
    assert response.status_code == expected


@pytest.mark.parametrize("username", SEES)
def test_a_second_countys_submissions_never_appear(clients, username):
    client, own = clients[username], SEES[username]
    rows = client.get("/api/v1/submissions/").json()["results"]
    assert {row["area"] for row in rows} == own
    assert len(rows) == Submission.objects.filter(area__in=own).count()
    for kind in ("csv", "xlsx"):
        content = b"".join(client.get("/api/v1/submissions/", {"format": kind}))
        if kind == "csv":
            lines = content.decode("utf-8-sig").splitlines()[1:]
            assert {line.split(",")[0] for line in lines} == own
    for area in {"330122", "330127", "330182"} - own:
        assert client.get("/api/v1/submissions/", {"area": area}).json()["results"] == []


def test_an_assessment_in_words(clients):
    body = clients["stats"].get("/api/v1/assessments/330122/P01/2024/").json()
    (row,) = (
        clients["stats"]
        .get("/api/v1/assessments/", {"area": "330122", "indicator": "P01", "year": "2024"})
        .json()["results"]
    )
    words = body.pop("explanation")
    assert body == row
    assert "桐庐县" in words["zh"][0]
    assert list(words) == ["zh", "en"]
    missing = clients["stats"].get("/api/v1/assessments/330122/P01/1999/")
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
    past = clients["stats"].get("/api/v1/assessments/330122/P01/2024/", {"as_of": "2999-12-31"}).json()
    assert past == body | {"assessed_at": None, "explanation": words}


@pytest.mark.filterwarnings("ignore:Shouldn't use this function anymore:DeprecationWarning")  # pyjstat's own
def test_pyjstat_reads_the_cube(clients):
    text = clients["stats"].get("/api/v1/assessments/", {"format": "jsonstat", "year": "2024"}).content.decode()
    frame = pyjstat.Dataset.read(text).write("dataframe", naming="id")
    gaps = frame[frame["measure"] == "gap"].dropna()
    found = {(r["area"], r["indicator"], int(r["year"])): r["value"] for r in gaps.to_dict("records")}
    rows = Assessment.objects.filter(year=2024, gap__isnull=False)
    assert found == {(row.area_id, row.indicator_id, row.year): row.gap for row in rows}
    text = clients["stats"].get("/api/v1/targets/", {"format": "jsonstat"}).content.decode()
    assert list(pyjstat.Dataset.read(text).write("dataframe", naming="id")) == ["area", "indicator", "year", "value"]


def test_a_generated_client_reads_a_live_server(clients, live_server, tmp_path, monkeypatch):
    cookie = clients["stats"].cookies["sessionid"].value
    schema = tmp_path / "schema.json"
    schema.write_bytes(orjson.dumps(described()))
    program = Path(sys.executable).with_name("openapi-python-client")
    config = tmp_path / "config.yaml"
    config.write_text("package_name_override: monitor_client\npost_hooks: []\n")
    command = [program, "generate", "--path", schema, "--config", config, "--output-path", tmp_path / "client"]
    done = subprocess.run(
        [*map(str, command), "--meta", "none"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "Warning" not in done.stdout + done.stderr
    (tmp_path / "client").rename(tmp_path / "monitor_client")
    monkeypatch.syspath_prepend(str(tmp_path))
    client = importlib.import_module("monitor_client").Client(
        base_url=live_server.url, cookies={"sessionid": cookie}, headers={"Connection": "close"}
    )
    found = {}
    with client as client:
        for path in OPEN:
            (module,) = (tmp_path / "monitor_client" / "api").rglob(f"{path}_list.py")
            name = ".".join(module.relative_to(tmp_path).with_suffix("").parts)
            found[path] = importlib.import_module(name).sync(client=client, page_size=3)
    assert {path: len(page.results) for path, page in found.items()} == dict.fromkeys(OPEN, 3)
    first = clients["stats"].get("/api/v1/assessments/", {"page_size": 1}).json()["results"][0]
    assert found["assessments"].results[0].gap == first["gap"]
    assert str(found["assessments"].results[0].status) == first["status"]
