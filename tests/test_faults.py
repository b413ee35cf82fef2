"""The production shape broken on purpose (`make faults`), while people type and approve and the worker works."""

import shutil

import pytest

from tools.faults import FAULTS, small_disk, try_fault
from tools.site import Site

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def site(static_files):
    """Its static files are there, as after an upgrade of an installation: they need not be compressed again."""
    with small_disk() as directory:
        shutil.copytree(static_files, directory / "static")
        with Site(directory) as site:
            yield site


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_acknowledged_is_lost_and_nothing_is_published_twice(site, fault):
    """And the assessments are those of a full recompute, and the site is ready again without hands."""
    found = try_fault(site, fault)
    assert found.problems == []
    if found.said and found.said[0].startswith("skipped"):
        pytest.skip(found.said[0])
