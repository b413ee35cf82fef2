"""The clients for R and TypeScript: what is committed is what the description says, and each runs against a site."""

import base64
import json
import os
import shutil
import subprocess
import time
from urllib.request import Request, urlopen

import pytest

from lib.listapi.openapi import described
from lib.web import standard_webhooks
from tests.clients.scripted import Answer, scripted
from tools.api_clients import CLIENTS, files, ts_type
from tools.sbom import site_version

PACKAGE = "county-urbanization-client"
NODE_PLATFORM = "const platform = new client.Platform(process.env.URL, process.env.TOKEN);\n"
R_PLATFORM = 'platform <- monitor(Sys.getenv("URL"), Sys.getenv("TOKEN"))\n'


def test_what_is_committed_is_what_the_description_says():
    wanted = files(json.loads(json.dumps(described())), site_version())
    for name, text in wanted.items():
        assert (CLIENTS / name).read_text(encoding="utf-8") == text, f"{name}: run python -m tools.api_clients"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["number", "null"]}, "number | null"),
        ({"enum": ["a", "b", None]}, '"a" | "b" | null'),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Target"}}, "(Target)[]"),
        ({"type": "object", "properties": {"zh": {"type": "string"}}, "required": ["zh"]}, "{ zh: string }"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Record<string, number>"),
        ({"$ref": "#/components/schemas/Problem"}, "ProblemBody"),
    ],
)
def test_a_schema_as_a_type(schema, words):
    assert ts_type(schema) == words


# Against a site -------------------------------------------------------------------------------------


def run(command, folder, **more):
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        command, cwd=folder, env=environment | more, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def node(tmp_path):
    """node(code, **environment) → what a module that imports the package prints, read as JSON."""
    if shutil.which("node") is None:
        pytest.skip("node is not here")
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / PACKAGE).symlink_to(CLIENTS / "typescript")

    def call(code, **environment):
        head = f'import * as client from "{PACKAGE}";\n{NODE_PLATFORM}'
        (tmp_path / "try.mjs").write_text(head + code, encoding="utf-8")
        return json.loads(run(["node", "try.mjs"], tmp_path, **environment))

    return call


@pytest.fixture
def r(tmp_path):
    """The same for R."""
    probe = 'quit(status = !all(sapply(c("curl", "jsonlite"), requireNamespace, quietly = TRUE)))'
    if shutil.which("Rscript") is None or subprocess.run(["Rscript", "-e", probe], capture_output=True).returncode:
        pytest.skip("R with curl and jsonlite is not here")

    def call(code, **environment):
        head = f'source("{CLIENTS / "county_urbanization.R"}")\n{R_PLATFORM}'
        print_it = "cat(jsonlite::toJSON(found, auto_unbox = TRUE, digits = NA, na = 'null', null = 'null'))"
        (tmp_path / "try.R").write_text(f"{head}{code}\n{print_it}", encoding="utf-8")
        return json.loads(run(["Rscript", "try.R"], tmp_path, **environment | {"LC_ALL": "C.UTF-8"}))

    return call


def listed(site, token, path):
    with urlopen(Request(f"{site}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}), timeout=30) as answer:
        return json.load(answer)


@pytest.mark.site
def test_typescript_against_a_site(site, read_token, node, tmp_path):
    found = node(
        """
        const rows = [];
        const filters = { area: ["330127"], page_size: 7 };
        for await (const row of platform.rows("assessments", filters)) rows.push(row);
        const numbers = [];
        for await (const change of platform.follow("cursor.txt", { page_size: 50 })) numbers.push(change.number);
        let again = 0;
        for await (const change of platform.follow("cursor.txt")) again += 1;
        const number = await platform.snapshot("official.parquet");
        const refused = await platform.rows("observations", { yaer: 1 }).next().catch((problem) => problem);
        console.log(JSON.stringify({ rows, numbers, again, number, type: refused.type, status: refused.status }));
        """,
        URL=site,
        TOKEN=read_token,
    )
    assert found["rows"] == listed(site, read_token, "assessments/?area=330127&page_size=1000")["results"]
    latest = listed(site, read_token, "snapshots/")["latest"]
    assert (found["numbers"], found["again"], found["number"]) == (list(range(1, latest + 1)), 0, latest)
    assert (found["type"], found["status"]) == ("/problems/bad-parameter/", 400)
    assert (tmp_path / "official.parquet").read_bytes()[:4] == b"PAR1"
    assert (tmp_path / "cursor.txt").read_text() == str(latest)


@pytest.mark.site
def test_r_against_a_site(site, read_token, r, tmp_path):
    found = r(
        """
        rows <- monitor_assessments(platform, area = c("330127"), year = 2024)
        numbers <- c()
        take <- function(changes) numbers <<- c(numbers, changes$number)
        for (time in 1:2) monitor_follow(platform, "cursor.txt", take)
        number <- monitor_snapshot(platform, "official.parquet")
        problem <- tryCatch(monitor_frame(platform, "observations", yaer = 1), monitor_problem = identity)
        found <- list(
          area = rows$area, value = rows$value, demo = rows$is_demo, class = class(rows$assessed_at)[[1]],
          numbers = numbers, number = number, type = problem$type, status = problem$status
        )
        """,
        URL=site,
        TOKEN=read_token,
    )
    rows = listed(site, read_token, "assessments/?area=330127&year=2024&page_size=1000")["results"]
    assert (found["area"], found["value"]) == ([row["area"] for row in rows], [row["value"] for row in rows])
    assert (found["demo"], found["class"]) == ([row["is_demo"] for row in rows], "POSIXct")
    latest = listed(site, read_token, "snapshots/")["latest"]
    assert (found["numbers"], found["number"]) == (list(range(1, latest + 1)), latest)
    assert (found["type"], found["status"]) == ("/problems/bad-parameter/", 400)
    assert (tmp_path / "official.parquet").read_bytes()[:4] == b"PAR1"


BUSY = [Answer(503, headers={"Retry-After": "1"}), Answer(429, headers={"Retry-After": "0"})]


def test_typescript_waits_and_sends_again(node):
    with scripted([*BUSY, Answer(200, b'{"done": true}')]) as (address, asked):
        assert node(
            'console.log(JSON.stringify(await platform.takeStep("330127", 2025, "submit")));', URL=address, TOKEN="t"
        ) == {"done": True}
    assert len({each.key for each in asked}) == 1
    assert len(asked) == 3


def test_r_waits_and_asks_again(r):
    with scripted([*BUSY, Answer(200, "\ufeffcode,name\n330127,淳安县\n".encode())]) as (address, asked):
        assert r("found <- monitor_areas(platform)$name", URL=address, TOKEN="t") == "淳安县"
    assert len(asked) == 3


def test_typescript_knows_a_webhook_that_is_genuine(node):
    secret, body = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        json.dumps({"type": "test", "data": {"word": "淳安"}}).encode(),
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = standard_webhooks.headers([key], "msg_1", int(time.time()), body)
    code = """
    const [headers, body] = [JSON.parse(process.env.HEADERS), process.env.BODY];
    const told = client.checkedWebhook(process.env.SECRET, headers, body);
    const refused = [];
    for (const [secret, given, text] of [
      [process.env.SECRET, headers, body + " "],
      ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", headers, body],
      [process.env.SECRET, { ...headers, "webhook-timestamp": "1" }, body],
      [process.env.SECRET, {}, body],
    ]) {
      try { client.checkedWebhook(secret, given, text); refused.push(false); }
      catch (error) { refused.push(error instanceof client.Forged); }
    }
    console.log(JSON.stringify({ told, refused }));
    """
    found = node(code, URL="http://x", TOKEN="t", HEADERS=json.dumps(headers), BODY=body.decode(), SECRET=secret)
    assert found == {"told": json.loads(body), "refused": [True] * 4}


TYPED = """
import { Platform } from "county-urbanization-client";
const platform = new Platform("http://x", "t");
for await (const row of platform.rows("observations", { area: ["330127"], year_from: 2023 })) {
  const value: number = row.value;
  console.log(value);
}
// @ts-expect-error no such filter
platform.rows("observations", { yaer: 2 });
// @ts-expect-error no such list
platform.rows("nothing");
"""


def test_the_types_hold_under_strict(tmp_path):
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("tsc is not here")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / PACKAGE).symlink_to(CLIENTS / "typescript")
    (tmp_path / "try.mts").write_text(TYPED, encoding="utf-8")
    options = "--strict --noEmit --target es2022 --module nodenext --moduleResolution nodenext --lib es2022,dom"
    run([compiler, *options.split(), "try.mts"], tmp_path)
