"""Every recipe of docs/api.md, as it stands there, against a server that runs.

Shell and Python are executed, R and JavaScript where they are at hand. Power Query and the packages of the second R
recipe are not here: their address and parameters are read out and asked."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pandas as pd
import pytest

from tests.clients import ROOT

TEXT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
WRITING = "从自己的系统报数"
TRYING = "试用令牌：写程序时用演示数据"

pytestmark = pytest.mark.site


def blocks(language):
    """(section, code) of every block in that language."""
    return [
        (title, code)
        for title, body in SECTIONS
        for code in re.findall(rf"^```{language}\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
    ]


class Reader:
    """Somebody who follows the recipes in a folder of their own."""

    def __init__(self, site: str, folder: Path, read_token: str, others: dict[str, str]):
        self.site, self.folder = site, folder
        self.tokens = others  # of sections that ask for another one
        self.read_token = read_token

    def run(self, section: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        token = self.tokens.get(section, self.read_token)
        given = {"MONITOR_URL": self.site, "MONITOR_TOKEN": token, "PYTHONPATH": str(ROOT / "clients")}
        environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        environment |= given | {"PYTHONIOENCODING": "utf-8"}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def output(self, section: str, command: list[str]) -> str:
        """What the command printed; it has to succeed."""
        done = self.run(section, command)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def reader(site, read_token, write_token, try_token, tmp_path_factory):
    others = {WRITING: write_token, TRYING: try_token}
    assert others.keys() <= {title for title, _body in SECTIONS}
    return Reader(site, tmp_path_factory.mktemp("recipes"), read_token, others)


@pytest.fixture(scope="module")
def followed(reader, feed):
    """code → what became of it: every recipe that is executed, in the order of the document."""
    shell = {code: re.sub(r"^export MONITOR_.*$", "", code, flags=re.MULTILINE) for _, code in blocks("bash")}
    found = {}
    for section, code in blocks("bash"):
        found[code] = reader.run(section, ["bash", "-e", "-c", shell[code]])
    for section, code in blocks("python"):
        found[code] = reader.run(section, [sys.executable, "-c", code])
    return found


def get(site, token, path, **query):
    address = f"{site}/{path.lstrip('/')}?{urlencode(query)}"
    with urlopen(Request(address, headers={"Authorization": f"Bearer {token}"}), timeout=30) as answer:
        return answer.read()


@pytest.mark.parametrize("code", [code for language in ("bash", "python") for _, code in blocks(language)])
def test_a_recipe_runs_as_it_stands(followed, code):
    done = followed[code]
    assert done.returncode == 0, done.stderr


def test_what_the_recipes_left_behind(followed, reader, site, read_token):
    """The files that they made hold what the service holds."""
    files = {path.name for path in reader.folder.iterdir()}
    assert files >= {"observations.csv", "assessments.xlsx", "targets.csv", "structure.xml"}
    held = get(site, read_token, "api/v1/observations/", format="csv")
    assert (reader.folder / "observations.csv").read_bytes() == held


def test_the_feed_replayed_is_the_lists(followed, reader, site, read_token):
    state = json.loads((reader.folder / "facts.json").read_text())
    expected = {}
    for series, name in (("OBS", "observations"), ("TARGET", "targets"), ("STANDARD", "standards")):
        page = json.loads(get(site, read_token, f"api/v1/{name}/", page_size=1000))
        assert page["next"] is None
        expected |= {f"{series}/{r['area']}/{r['indicator']}/{r['year']}": r["value"] for r in page["results"]}
    assert state["facts"] == expected


def test_a_second_pull_of_the_feed_changes_nothing(followed, reader):
    (code,) = [code for _, code in blocks("python") if "facts.json" in code]
    before = (reader.folder / "facts.json").read_bytes()
    reader.output("", [sys.executable, "-c", code])
    assert (reader.folder / "facts.json").read_bytes() == before


def test_an_unchanged_file_is_answered_304(reader):
    (code,) = [code for _, code in blocks("bash") if "--etag-compare" in code]
    assert reader.output("", ["bash", "-e", "-c", "rm -f targets.etag\n" + code]).split() == ["200", "304"]


def printed(followed, sign: str) -> list[str]:
    """What the one recipe that has `sign` in it has printed, line by line."""
    (done,) = [done for code, done in followed.items() if sign in code]
    return done.stdout.splitlines()


def test_what_the_recipes_of_refusals_show(followed):
    assert printed(followed, "problem.json") == [
        "400 application/problem+json",
        "/problems/bad-parameter/ yaer",
    ]
    faults = [line.split()[:3] for line in printed(followed, 'members["errors"]')]
    assert faults == [
        ["0", "P03", "/problems/invalid-request/"],
        ["1", "P99", "/problems/invalid-request/"],
    ]


def test_what_the_recipes_of_headers_show(followed):
    assert printed(followed, "try.headers") == ["X-Sandbox: demonstration"]
    allowed, changed = printed(followed, "-X OPTIONS")
    assert allowed == "Allow: GET, HEAD, OPTIONS"
    assert changed.startswith("Last-Modified: ")
    assert printed(followed, "deprecation|sunset") == [
        "observations 没有要停用的",
        "targets 没有要停用的",
        "assessments 没有要停用的",
    ]


def test_a_token_to_try_with_is_answered_from_the_demonstration(followed, reader):
    rows = json.loads((reader.folder / "try.json").read_text())["results"]
    assert len(rows) > 10
    assert {row["is_demo"] for row in rows} == {True}


def test_the_r_recipe_runs_as_it_stands(reader, feed):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here")
    (code,) = [code for _, code in blocks("r") if "county_urbanization.R" in code]
    shutil.copy(ROOT / "clients" / "county_urbanization.R", reader.folder)
    reader.output("", ["Rscript", "-e", code])
    held = get(reader.site, reader.read_token, "api/v1/snapshots/latest/")
    assert (reader.folder / "official-r.csv").read_bytes() == held


def test_the_javascript_recipe_runs_as_it_stands(reader, feed):
    if shutil.which("node") is None:
        pytest.skip("node is not here")
    ((_, code),) = blocks("js")
    (reader.folder / "node_modules").mkdir()
    (reader.folder / "node_modules" / "county-urbanization-client").symlink_to(ROOT / "clients" / "typescript")
    (reader.folder / "recipe.mjs").write_text(code, encoding="utf-8")
    told = reader.output("", ["node", "recipe.mjs"])
    assert told.count("\n") > 100  # every change of the feed has a line
    held = get(reader.site, reader.read_token, "api/v1/snapshots/latest/", format="parquet")
    assert (reader.folder / "official-js.parquet").read_bytes() == held


def test_the_address_of_the_r_recipe(site, read_token):
    (code,) = [code for _, code in blocks("r") if "req_url_path" in code]
    path = re.search(r'req_url_path\("([^"]+)"\)', code)[1]
    query = dict(re.findall(r'(\w+) = "([^"]*)"', re.search(r"req_url_query\((.*?)\)", code)[1]))
    _is_the_table(get(site, read_token, path, **query), {"330127"})


def test_the_address_of_the_power_query_recipe(site, read_token):
    ((_, code),) = blocks("powerquery")
    path = re.search(r'RelativePath = "([^"]+)"', code)[1]
    query = dict(re.findall(r'(\w+) = "([^"]*)"', re.search(r"Query = \[(.*?)\]", code)[1]))
    content = get(site, read_token, path, **query)
    _is_the_table(content, {"330122", "330127", "330182"})
    typed = set(re.findall(r'\{"(\w+)", ', code))
    assert typed <= set(content.decode("utf-8-sig").splitlines()[0].split(","))


def _is_the_table(content, areas):
    rows = pd.read_csv(pd.io.common.BytesIO(content), dtype={"area": str}, encoding="utf-8-sig")
    assert (set(rows["area"]), rows["year"].min()) == (areas, 2023)
