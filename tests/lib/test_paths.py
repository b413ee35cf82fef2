"""A name from outside never leads out of its folder."""

import re

import pytest

from commitments.models import CommitmentStatement
from journal.models import ReportIssue
from lib.files.documents import describe
from lib.files.paths import STORED_NAME, OutsideFolder, inside, require_relative
from plan.models import StatementFile
from reporting.models import Evidence
from reports.build import file_of, folder_of
from tests.conftest import PDF

WAYS_OUT = (
    "",
    ".",
    "..",
    "/",
    "/etc/hostname",
    "//etc/hostname",
    "../x",
    "a/../../x",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "..\\x",
    "a\\b",
    "C:/x",
    "C:x",
    "a\0b",
)


@pytest.mark.parametrize("name", WAYS_OUT)
def test_a_way_out_is_refused(tmp_path, name):
    with pytest.raises(OutsideFolder, match="leads out of its folder"):
        require_relative(name)
    with pytest.raises(OutsideFolder, match="leads out of its folder"):
        inside(tmp_path, name)


def test_a_link_that_leads_out_is_followed_and_refused(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "out").symlink_to("/etc")
    (tmp_path / "here" / "in").symlink_to(tmp_path / "here")
    with pytest.raises(OutsideFolder):
        inside(tmp_path / "here", "out/hostname")
    assert inside(tmp_path / "here", "in/a") == tmp_path.resolve() / "here" / "a"


def test_a_plain_name_is_its_place(tmp_path):
    assert inside(tmp_path, "evidence/ab.pdf") == tmp_path.resolve() / "evidence" / "ab.pdf"


def test_what_is_kept_has_a_name_of_the_rule():
    assert re.fullmatch(STORED_NAME, describe("a.pdf", PDF)["stored_as"])


@pytest.mark.parametrize("name", ["/etc/hostname", "../../secret_key", "a/../../../x"])
@pytest.mark.parametrize("kind", [Evidence, StatementFile, CommitmentStatement])
def test_no_row_names_a_file_elsewhere(kind, name):
    with pytest.raises(OutsideFolder):
        _ = kind(stored_as=name).path


@pytest.mark.parametrize("name", ["/etc", "..", "../../x"])
def test_no_report_lies_elsewhere(name):
    with pytest.raises(OutsideFolder):
        folder_of(ReportIssue(number=name))
    with pytest.raises(OutsideFolder):
        file_of(ReportIssue(number="2026-001"), name)
