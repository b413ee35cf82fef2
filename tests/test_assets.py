"""The slim chart bundle: it can draw what the pages draw, and nothing needs it."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"


def drawn():
    """Kinds of traces in every charts.py; shapes and axes have types of other names."""
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*/charts*.py"))
    return set(re.findall(r'"type": "(\w+)"', text)) - {"line", "rect", "linear", "category", "log", "date"}


def test_the_bundle_holds_every_kind_of_chart():
    registered = set(re.findall(r'require\("plotly\.js/lib/(\w+)"\)', (ASSETS / "plotly.js").read_text()))
    assert drawn() <= registered - {"core"} | {"scatter"}


def test_the_bundle_is_of_the_release_that_the_wheel_carries():
    head = (settings.PLOTLY_BUNDLE_DIR / "plotly.min.js").read_text(encoding="utf-8")[:200]
    wanted = json.loads((ASSETS / "package.json").read_text())["dependencies"]["plotly.js"]
    assert re.search(r"plotly\.js v([\d.]+)", head)[1] == wanted


def test_the_lock_names_versions_and_hashes_and_no_address():
    text = (ASSETS / "package-lock.json").read_text()
    packages = {name: row for name, row in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert [name for name, row in packages.items() if "integrity" not in row] == []


def test_without_a_build_the_whole_library_is_served():
    served = settings.WHEEL_STATIC_FILES["plotly/plotly.min.js"]
    assert served == (
        settings.SLIM_BUNDLE if settings.SLIM_BUNDLE.exists() else settings.PLOTLY_BUNDLE_DIR / "plotly.min.js"
    )
    assert served.exists()


@pytest.fixture
def collected(tmp_path, settings):
    """collected({"a.js": text, …}): collects them, and tells what was compressed by now, and when."""
    source, root = tmp_path / "source", tmp_path / "static"
    source.mkdir()
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], root
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "lib.web.staticfiles.CompressedOnceStorage"}}

    def collect(texts: dict[str, str]) -> dict[str, int]:
        for name, text in texts.items():
            (source / name).write_text(text)
        call_command("collectstatic", interactive=False, verbosity=0)
        return {path.name: path.stat().st_ino for path in sorted(root.iterdir()) if path.suffix in {".br", ".gz"}}

    return collect


def test_what_pages_name_is_compressed_once(collected):
    first = collected({"a.js": "a" * 2000, "b.css": "b" * 2000, "a.js.map": "m" * 2000})
    assert [re.sub(r"\.[0-9a-f]{12}\.", ".#.", name) for name in first] == [
        "a.#.js.br",
        "a.#.js.gz",
        "b.#.css.br",
        "b.#.css.gz",
    ]
    second = collected({"a.js": "A" * 2000})
    assert {name: second[name] for name in first} == first  # the very files, so they were not made again
    assert len(second) == len(first) + 2
