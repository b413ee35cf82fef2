"""Dockerfile and docker-compose.yml, as far as they can be held to the code without an engine."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
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


@pytest.mark.parametrize("name", SITE)
def test_every_other_variable_of_the_example_reaches_the_site_too(name):
    """A setting that Compose does not hand on would be written down and switch nothing on."""
    assert SERVICES[name]["env_file"] == [".env"]


def compose() -> list[str]:
    """The words that Compose is called by here; none where it is not installed."""
    for words in (["docker", "compose"], ["docker-compose"]):
        asked = [*words, "version"]
        if shutil.which(words[0]) and subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return words
    return []


@pytest.mark.skipif(not compose(), reason="neither `docker compose` nor docker-compose is installed")
def test_compose_takes_it(tmp_path):
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text("SECRET_KEY=x\nDATABASE_PASSWORD=y\nAUDIT_DIGEST=sm3\n", encoding="utf-8")
    command, found = [*compose(), "config"], {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=tmp_path, env=found, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert yaml.safe_load(done.stdout)["services"]["web"]["environment"]["AUDIT_DIGEST"] == "sm3"


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


# What the operator puts into the system ----------------------------------------------------------

DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\bsite_[a-z_]+")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def unit(name):
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str
    read.read(DEPLOY / "systemd" / name, encoding="utf-8")
    return read


@pytest.mark.parametrize(("name", "program"), [("web", "gunicorn"), ("worker", "worker-1"), ("beat", "beat")])
def test_the_units_run_what_make_stack_runs(name, program):
    words = shlex.split(unit(f"monitor-{name}.service")["Service"]["ExecStart"])
    assert (words[0], words[1]) == ("/srv/monitor/.venv/bin/python", "-m")
    assert words[2:] == of_the_stack(program)


@pytest.mark.parametrize("path", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.stem)
def test_no_unit_runs_as_root_or_writes_outside_its_data(path):
    service = unit(path.name)["Service"]
    assert (service["User"], service["ProtectSystem"], service["NoNewPrivileges"]) == ("monitor", "strict", "true")
    assert set(service["ReadWritePaths"].split()) <= {"/srv/monitor-var", "/srv/monitor-backup"}


def test_the_guide_switches_on_every_unit():
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    enabled = set(" ".join(re.findall(r"systemctl enable (.+)", guide)).split())
    timed = {f"{path.stem}.service" for path in (DEPLOY / "systemd").glob("*.timer")}
    whole = {path.name for path in (DEPLOY / "systemd").iterdir()} - timed
    assert {name if "." in name else f"{name}.service" for name in enabled - {"--now"}} == whole


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault_in_the_units():
    units = [str(path) for path in sorted((DEPLOY / "systemd").iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "is not executable: No such file" not in line]
    assert [line for line in told if "monitor" in line] == []


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=monitor.example", "-keyout", tmp_path / "site.key", "-out", tmp_path / "site.crt"],
        check=True,
        capture_output=True,
    )
    site = (DEPLOY / "nginx" / "monitor.conf").read_text(encoding="utf-8").replace("/etc/nginx/tls", str(tmp_path))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {site} }}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "[warn]" in done.stderr) == (0, False), done.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_its_rules_and_its_configuration(tmp_path):
    folder = DEPLOY / "prometheus"
    shutil.copy(folder / "alerts.yml", tmp_path / "monitor-alerts.yml")
    text = (folder / "prometheus.yml").read_text(encoding="utf-8").replace("/etc/prometheus/", f"{tmp_path}/")
    (tmp_path / "prometheus.yml").write_text(text, encoding="utf-8")
    (tmp_path / "monitor-token").write_text("x", encoding="utf-8")
    command = ["promtool", "check", "config", tmp_path / "prometheus.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_asks_where_the_site_answers_and_under_the_name_of_its_rules():
    read = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    rules = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in read["scrape_configs"]}
    assert set(re.findall(r'job="(\w+)"', rules)) <= set(jobs)
    assert jobs["county_urbanization"] == ["127.0.0.1:8000"]
    assert "proxy_pass http://127.0.0.1:8000;" in (DEPLOY / "nginx" / "monitor.conf").read_text(encoding="utf-8")


def our_metrics(client):
    """Names of everything that /metrics has, or has once something happened."""
    shown = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").content.decode(), re.MULTILINE))
    return shown | {"site_queue_depth"}  # where there is a queue


def test_alerts_and_board_ask_only_for_metrics_that_are_there(client, plan):
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    board = json.loads((DEPLOY / "grafana" / "board.json").read_text(encoding="utf-8"))
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    names = {SUFFIX.sub("", name) for text in asked for name in METRIC.findall(text)}
    assert len(names) > 6
    assert names - our_metrics(client) == set()
