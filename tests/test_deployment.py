"""Dockerfile and docker-compose.yml, as far as they can be held to the code without an engine."""

import os
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tools import stack

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
SITE = ("prepare", "web", "worker", "beat")
EXAMPLE = set(re.findall(r"^#?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def dockerfile():
    """(instruction, rest) of every line, continued ones joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line and not line.startswith("#")]


def of_the_stack(name):
    """What `make stack` runs, without the interpreter and what belongs to the machine."""
    programs = stack.programs(os.environ, Path("/tmp"), port=8000, workers=1)
    (program,) = [program for program in programs if program.name == name]
    return [word for word in program.command[2:] if not re.match(r"--(bind|workers|hostname|schedule)=", word)]


@pytest.mark.parametrize(("service", "program"), [("web", "gunicorn"), ("worker", "worker-1"), ("beat", "beat")])
def test_the_commands_are_those_of_make_stack(service, program):
    words = [word for word in SERVICES[service]["command"] if not re.match(r"--(bind|hostname|schedule)=", word)]
    assert words == of_the_stack(program)


def test_the_image_serves_as_the_web_service_does():
    assert yaml.safe_load(dict(dockerfile())["CMD"]) == SERVICES["web"]["command"]


def test_the_preparation_is_that_of_make_stack():
    steps = [shlex.split(step) for step in SERVICES["prepare"]["command"][2].split("&&")]
    assert steps == [
        ["python", "manage.py", "migrate", "--no-input"],
        ["python", "manage.py", "collectstatic", "--no-input"],
        ["python", "manage.py", "prepare", "--official"],
    ]


@pytest.mark.parametrize("name", SITE)
def test_every_variable_is_one_that_the_settings_read(name):
    given = SERVICES[name]["environment"]
    assert set(given) - EXAMPLE == set()
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "VAR_DIR"} <= set(given)


def test_what_a_person_sets_is_in_the_example_but_the_password_of_the_database():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert asked - EXAMPLE == {"DATABASE_PASSWORD"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened_and_bounded(name):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert service["tmpfs"]
    assert min(service[limit] is not None for limit in ("mem_limit", "cpus", "pids_limit"))
    assert service["restart"] == ("no" if name == "prepare" else "unless-stopped")
    assert ("healthcheck" in service) is (name != "prepare")


def test_volumes_are_named_and_nothing_but_the_site_is_reached_from_outside():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(COMPOSE["volumes"])
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert SERVICES["web"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]


def test_only_workers_can_be_scaled_beyond_one_name():
    assert "container_name" in SERVICES["beat"]
    assert "container_name" not in SERVICES["worker"]
    assert "ports" not in SERVICES["worker"]


def test_the_image_is_built_from_wheels_in_stages_and_runs_as_nobody_special():
    lines = dockerfile()
    assert [rest.split(" AS ")[-1] for word, rest in lines if word == "FROM"][0] == "installed"
    assert sum(word == "FROM" for word, _ in lines) == 2
    installs = [rest for word, rest in lines if word == "RUN" and "pip install" in rest]
    assert len(installs) == 1
    assert {"--no-index", "--require-hashes"} <= set(installs[0].split())
    users = [rest for word, rest in lines if word == "USER"]
    assert users == [SERVICES["web"]["user"]]
    assert not any("://" in rest for _, rest in lines)


def test_what_goes_into_the_image_is_named():
    """All is left out but what is named: no secret, no data, no test."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "*"
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "tools", "benchmarks"}
    assert rooms <= {line[1:] for line in lines if line.startswith("!")}
    assert not {"!.env", "!var", "!tests"} & set(lines)
