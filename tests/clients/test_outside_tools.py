"""What others have: linters, generators of TypeScript, readers of SDMX-JSON and JSON-stat, all of npm. They are fetched
once for this module; where npm or its packages cannot be had, these tests are skipped."""

import json
import os
import shutil
import subprocess

import pytest
from django.core.cache import cache

from indicators.models import Observation
from lib.listapi.openapi import described
from tests.clients import ROOT

CONFIG = ROOT / "tools" / "openapi"
FETCH_SECONDS, RUN_SECONDS = 300, 240
STRICT = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,  # what stands in packages of others is theirs
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom", "dom.iterable"],
    "types": [],
}
# A reader and a writer, typed: each answer is of one type, and a name that is not there would not compile.
USE = """
import createClient from "openapi-fetch";
import type { paths } from "./schema";
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: "http://127.0.0.1" });
const page = await client.GET("/api/v1/assessments/", { params: { query: { year: [2024], page_size: 5 } } });
const gap: number | null | undefined = page.data?.results[0]?.gap;
const why: string | undefined = page.error?.type;
const saved = await client.PUT("/api/v1/submissions/{area}/{year}/entries/", {
  params: { path: { area: "330127", year: 2025 }, header: { "If-Match": '"x"' } },
  body: { dry_run: true, entries: [{ indicator: "P02", value: 96.1 }] },
});
const tag: string | undefined = saved.data?.etag;
export { gap, tag, why };
"""
READ_SDMX = """
import { readFileSync } from "node:fs";
import parser from "sdmx-json-parser";
globalThis.fetch = async () => new Response(readFileSync("message.json"));
const reader = new parser.SDMXParser();
await reader.getDatasets("https://site.example/api/sdmx/3.0/data");
console.log(JSON.stringify({ name: reader.getName(), sides: reader.getDimensions(), rows: reader.getData() }));
"""
READ_CUBE = """
import { readFileSync } from "node:fs";
import JSONstat from "jsonstat-toolkit";
const cube = JSONstat(JSON.parse(readFileSync("cube.json")));
const rows = cube.toTable({ type: "arrobj", content: "id" });
console.log(JSON.stringify({ class: cube.class, rows, unit: cube.Dimension("indicator").Category("P02").unit }));
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with all of them, and the API's description beside."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here")
    folder = tmp_path_factory.mktemp("outside")
    shutil.copy(CONFIG / "package.json", folder)
    options = ["--ignore-scripts", "--no-fund", "--no-audit", "--no-progress", "--no-package-lock"]
    try:
        done = subprocess.run(
            ["npm", "install", *options], cwd=folder, capture_output=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the packages of npm did not come in time")
    if done.returncode:
        pytest.skip("the packages of npm cannot be had here")
    (folder / "openapi.json").write_text(json.dumps(described()), encoding="utf-8")
    return folder


@pytest.fixture
def run(packages):
    """run(program, *words) → what it prints; it has to succeed."""

    def call(program, *words):
        path = packages / "node_modules" / ".bin" / program
        command = [str(path) if path.exists() else program, *words]
        # None of them is to tell anybody that it ran.
        quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1", "CI": "true"}
        done = subprocess.run(
            command,
            cwd=packages,
            env=os.environ | quiet,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


def compiles(packages, run, folder):
    config = packages / f"tsconfig.{folder}.json"
    config.write_text(json.dumps({"compilerOptions": STRICT, "include": [f"{folder}/**/*.ts"]}), encoding="utf-8")
    run("tsc", "-p", config.name)


def test_spectral_finds_nothing(run):
    assert "No results" in run(
        "spectral", "lint", "--fail-severity", "hint", "--ruleset", str(CONFIG / "spectral.yaml"), "openapi.json"
    )


def test_redocly_finds_nothing(run):
    told = run("redocly", "lint", "--config", str(CONFIG / "redocly.yaml"), "openapi.json")
    assert "description is valid" in told
    assert "You have" not in told  # so many warnings; of its own future with an older Node it speaks otherwise


def test_types_of_openapi_typescript_compile_and_fit(packages, run):
    run("openapi-typescript", "openapi.json", "-o", "types/schema.d.ts")
    (packages / "types" / "use.ts").write_text(USE, encoding="utf-8")
    compiles(packages, run, "types")


@pytest.mark.parametrize(
    ("folder", "command"),
    [
        ("hey", ("openapi-ts", "-i", "openapi.json", "-o", "hey", "-c", "@hey-api/client-fetch")),
        ("orval", ("orval", "--input", "openapi.json", "--output", "orval/client.ts", "--client", "fetch")),
    ],
)
def test_a_generated_client_compiles(packages, run, folder, command):
    run(*command)
    assert len(list((packages / folder).rglob("*.ts"))) > 0
    compiles(packages, run, folder)


@pytest.fixture
def chunan(demo):
    """The official values of a county, by indicator and year."""
    cache.clear()
    facts = Observation.objects.as_of().filter(area="330127", indicator__in=["P01", "P02"])
    found = {(fact.indicator_id, str(fact.year)): float(fact.value) for fact in facts}
    assert len(found) > 5
    return found


def test_the_reader_of_sdmx_json_reads_the_facts(clients, packages, run, chunan):
    """The Pacific Community's, which reads 2.0; it gives the names of codes."""
    accept = {"Accept": "application/vnd.sdmx.data+json;version=2.0.0"}
    asked = {"dimensionAtObservation": "AllDimensions"}
    answer = clients["stats"].get("/api/sdmx/2.1/data/COUNTY_SEAT/A.330127.P01+P02.OBS", asked, headers=accept)
    (packages / "message.json").write_bytes(answer.content)
    (packages / "sdmx.mjs").write_text(READ_SDMX, encoding="utf-8")
    told = json.loads(run("node", "sdmx.mjs"))
    sides = {each["id"]: {value["name"]: value["id"] for value in each["values"]} for each in told["sides"]}
    assert list(sides) == ["FREQ", "REF_AREA", "INDICATOR", "SERIES", "TIME_PERIOD"]
    rows = {(sides["INDICATOR"][row["INDICATOR"]], row["TIME_PERIOD"]): row["value"] for row in told["rows"]}
    assert rows == chunan
    assert {row["OBS_STATUS"] for row in told["rows"]} == {"演示数据"}


def test_the_reader_of_json_stat_reads_the_facts(clients, packages, run, chunan):
    asked = {"format": "jsonstat", "area": "330127", "indicator": "P01,P02"}
    (packages / "cube.json").write_bytes(clients["stats"].get("/api/v1/observations/", asked).content)
    (packages / "cube.mjs").write_text(READ_CUBE, encoding="utf-8")
    told = json.loads(run("node", "cube.mjs"))
    found = {(row["indicator"], row["year"]): row["value"] for row in told["rows"] if row["value"] is not None}
    assert (told["class"], told["unit"]["label"]) == ("dataset", "%")
    assert found == chunan
