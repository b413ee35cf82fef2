"""`python -m tools.load`: many people at once on the production shape, by locust, on loopback.

200 people think 5 to 15 seconds between two requests: 80 % read, 15 % type, 5 % approve and export. One sheet goes
round without end: typed, submitted, approved with another value, reopened. Locust loads this file too, for the people
in it."""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml
from locust import HttpUser, between, task

from tools.site import APPROVED, OWN_ROWS, PASSWORD, ROOT, YEAR, Site

COUNTIES = ("330122", "330127", "330182")
CODES = tuple(row["code"] for row in yaml.safe_load((ROOT / "fixtures" / "plan.yaml").read_text("utf-8"))["indicators"])
CELL = "LOAD_CELL"  # what the sheet that goes round has another value of, and the first one
ARRIVE = 2  # log in each second
WRITERS = {"chunan-housing": ("330127", ("P02", "P15", "P16"))}


class Someone(HttpUser):
    """Logs in as one of `logins`, as a browser does."""

    abstract = True
    wait_time = between(5, 15)
    logins: tuple[str, ...] = ()

    def on_start(self):
        self.login = random.choice(self.logins)
        self.client.get("/accounts/login/")
        form = {"username": self.login, "password": PASSWORD, "csrfmiddlewaretoken": self.client.cookies["csrftoken"]}
        self.client.post("/accounts/login/", form)

    def send(self, method: str, path: str, body: dict, name: str) -> bool:
        """A write, and whether it was done; 409 is an answer, not an error: somebody else was first."""
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"], "Referer": self.host}
        with self.client.request(method, path, json=body, headers=headers, name=name, catch_response=True) as answer:
            if answer.status_code == 409:
                answer.request_meta["name"] = f"{name}: 409"
            if answer.status_code in {200, 409}:
                answer.success()
            else:
                answer.failure(f"{answer.status_code} {answer.text[:300]}")
        return answer.status_code == 200

    def step(self, area: str, action: str, body: dict) -> bool:
        return self.send("POST", f"/api/v1/submissions/{area}/{YEAR}/{action}/", body, f"POST {action}")

    def type(self, area: str, indicator: str, value: float) -> None:
        entry = {"indicator": indicator, "value": value, "explanation": "演练用数从略"}
        self.send("PUT", f"/api/v1/submissions/{area}/{YEAR}/entries/", {"entries": [entry]}, "PUT entries")


class Reader(Someone):
    weight = 80
    logins = ("leader", "stats", "municipal", "tonglu", "chunan", "jiande", "chunan-health", "tonglu-housing")

    @task(4)
    def overview(self):
        self.client.get(f"/?year={random.choice((2023, 2024))}", name="/")

    @task(3)
    def county(self):
        self.client.get(f"/counties/{random.choice(COUNTIES)}/?year=2024", name="/counties/…/")

    @task(3)
    def indicator(self):
        self.client.get(f"/indicators/{random.choice(CODES)}/", name="/indicators/…/")

    @task(2)
    def cell(self):
        path = f"/cells/{random.choice(COUNTIES)}/{random.choice(CODES)}/2024/"
        self.client.get(path, name="/cells/…/")

    @task(3)
    def behind_the_numbers(self):
        paths = ("/projects/", "/funding/", "/commitments/", "/compare/", "/changes/", "/plan/")
        self.client.get(random.choice(paths))

    @task
    def causes(self):
        self.client.get(f"/counties/{random.choice(COUNTIES)}/causes/?year=2024", name="/counties/…/causes/")


class Clerk(Someone):
    weight = 15
    logins = tuple(WRITERS)

    @task
    def sheet(self):
        area, _ = WRITERS[self.login]
        self.client.get(f"/reporting/{area}/{YEAR}/", name="/reporting/…/")

    @task(4)
    def save(self):
        area, codes = WRITERS[self.login]
        self.type(area, random.choice(codes), round(random.uniform(90, 99), 4))


class Office(Someone):
    """The county whose sheet goes round; three of those who type."""

    fixed_count = 3
    logins = (APPROVED[1],)

    @task
    def report_again(self):
        indicator, value = os.environ[CELL].split("=")
        self.type(APPROVED[0], indicator, round(float(value) + random.uniform(0, 1), 4))
        if self.step(APPROVED[0], "hand_over", {}):
            self.step(APPROVED[0], "submit", {})


class Reviewer(Someone):
    weight = 5
    logins = ("municipal",)

    @task(2)
    def queue(self):
        self.client.get("/review/")

    @task
    def export(self):
        self.client.get("/overview.xlsx?year=2024", name="/overview.xlsx")

    @task
    def decide(self):
        indicator, _ = os.environ[CELL].split("=")
        reopening = {"reason": "演练：请更正", "until": "2099-01-01T00:00", "entries": [indicator]}
        self.step(APPROVED[0], *random.choice((("approve", {}), ("reopen", reopening))))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.load", description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="load-") as directory, Site(Path(directory)) as site:
        command = [
            sys.executable,
            "-m",
            "locust",
            "-f",
            str(ROOT / "tools" / "load.py"),
            "--headless",
            "--only-summary",
        ]
        seconds = options.minutes * 60 + options.users / ARRIVE  # the minutes count from when everyone is there
        command += ["-u", str(options.users), "-r", str(ARRIVE), "-t", f"{seconds:.0f}s", "--host", site.address]
        indicator, value = site.rows(OWN_ROWS, f"{APPROVED[0]}-DRC", YEAR)[0]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        environment[CELL] = f"{indicator}={value}"
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
