"""What `make check` lets pass is written with its reason."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_wheels import LIST
from tools import wheels

ROOT = Path(__file__).resolve().parent.parent
WELL = re.compile(r"# nosec B\d{3}( B\d{3})*  # \w.{3,}")


def exceptions() -> list[str]:
    """Every line that asks bandit to look away."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if not {".venv", "tests", "node_modules", "var"} & set(path.relative_to(ROOT).parts):
            found += [line for line in path.read_text(encoding="utf-8").splitlines() if "nosec" in line]
    return found


def test_every_exception_names_the_rule_and_the_reason():
    assert exceptions() != []
    assert [line for line in exceptions() if not WELL.search(line)] == []


def test_bandit_is_part_of_the_check_and_finds_what_is_dangerous(tmp_path):
    check = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ncheck:")[2].partition("\n\n")[0]
    assert "$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(ROOMS) manage.py\n" in check
    (tmp_path / "room.py").write_text("import pickle\n\n\ndef read(text):\n    return pickle.loads(text)\n")
    words = ["-m", "bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", str(tmp_path)]
    assert subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, check=False).returncode == 1


def test_the_check_fails_on_a_pin_without_its_wheels(monkeypatch, tmp_path):
    short = tmp_path / "wheels.txt"
    lines = LIST.read_text(encoding="utf-8").splitlines(keepends=True)
    short.write_text("".join(line for line in lines if not ("lxml" in line and "aarch64" in line)))
    monkeypatch.setattr(wheels, "LIST", short)
    monkeypatch.setattr(sys, "argv", ["wheels", "check"])
    with pytest.raises(SystemExit, match=r"lxml==[\d.]+ has no wheel in wheels.txt for Python 3.11 on aarch64"):
        wheels.main()
    monkeypatch.setattr(wheels, "LIST", LIST)
    wheels.main()
    check = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ncheck:")[2].partition("\n\n")[0]
    assert "$(BIN)/python -m tools.wheels check\n" in check
