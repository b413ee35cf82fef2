"""The day on which a stage was reached comes with the stage by every door, stays with it, and becomes official."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from indicators.models import Observation
from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, lapse_reopened, save_entries
from reporting.models import Entry, EntryVersion, Submission
from reporting.workbooks.layout import MARKER, SHEET
from reporting.workbooks.upload import confirm_upload, preview_upload, undo_upload
from tests.plans import COUNTY
from tests.reporting.books import cell, saved, sheet_book
from tests.test_every_kind_pages import client_of, text_of

YEAR = 2022
DAY = date(2022, 5, 20)
STAGE, NEXT = "创建中", "已命名"


@pytest.fixture
def kinds_of_one(db):
    """One county, five rows of five kinds."""


@pytest.fixture
def sheet(kinds_of_one):
    return Submission.objects.get()


@pytest.fixture
def roads(sheet):
    """Who types the row in stages."""
    unit = Entry.objects.get(submission=sheet, indicator="T2").part.organisation
    return User.objects.create_user("roads", role=User.Role.BUREAU, organisation=unit)


def put(user, **row):
    client = Client()
    client.force_login(user)
    path = f"/api/v1/submissions/{COUNTY}/{YEAR}/entries/"
    return client.put(path, {"entries": [{"indicator": "T2", **row}]}, content_type="application/json")


def entry() -> Entry:
    return Entry.objects.get(indicator="T2")


def test_the_day_is_saved_and_kept_with_its_stage(sheet, roads):
    answer = put(roads, value=STAGE, reached_on="2022年5月20日", explanation="省级创建名单公布")
    assert answer.status_code == 200
    assert answer.json()["entries"][0]["reached_on"] == "2022-05-20"
    # The same stage without a word of the day keeps it, another stage has none.
    assert put(roads, value=STAGE, explanation="名单文号已核对无误").status_code == 200
    assert entry().reached_on == DAY
    assert put(roads, value=NEXT).status_code == 200
    assert entry().reached_on is None
    versions = EntryVersion.objects.filter(entry=entry()).order_by("version")
    assert list(versions.values_list("value", "reached_on")) == [(1, DAY), (1, DAY), (2, None)]


def test_the_day_alone_changes_the_row_and_null_takes_it_away(sheet, roads):
    for sent, stands in (("2022-05-20", DAY), ("2022-05-21", date(2022, 5, 21)), (None, None)):
        answer = put(roads, value=STAGE, reached_on=sent)
        assert (answer.json()["changed"], entry().reached_on) == (["T2"], stands)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"value": STAGE, "reached_on": "2023-01-01"}, "T2：达到日期 2023-01-01 晚于 2022 年：那一年还没有达到。"),
        ({"value": STAGE, "reached_on": "去年"}, "T2：达到日期“去年”不是日期；请写成 2024-05-20"),
        ({"value": STAGE, "reached_on": "2022-05"}, "T2：达到日期“2022-05”不是日期；请写成 2024-05-20"),
        ({"value": STAGE, "reached_on": 20220520}, "T2：reached_on 应为日期（2024-05-20）或 null。"),
        ({"value": None, "reached_on": "2022-05-20"}, "T2：没有写阶段，达到日期也请留空。"),
        ({"indicator": "T1", "value": 46, "reached_on": "2022-05-20"}, "T1：“公交分担率”不分阶段，达到日期请留空。"),
    ],
)
def test_a_day_that_cannot_be_is_refused_by_name(sheet, roads, row, words):
    answer = put(roads, **row)
    assert (answer.status_code, answer.json()["detail"]) == (400, words)
    assert entry().version == 0


def test_who_overtakes_tells_the_day_too(sheet, roads):
    put(roads, value=STAGE, reached_on="2022-05-20")
    answer = put(roads, value=NEXT, version=0)
    assert answer.status_code == 409
    assert answer.json()["conflicts"][0]["their_day"] == "2022-05-20"


def test_the_sheet_asks_for_the_day_and_the_history_tells_it(sheet, roads):
    put(roads, value=STAGE, reached_on="2022-05-20")
    client = Client()
    client.force_login(roads)
    page = client.get(f"/reporting/{COUNTY}/{YEAR}/").content.decode()
    assert page.count('<input data-day name="reached_on" value="2022-05-20"') == 1
    assert "创建中 2022-05-20 达到" in text_of(client, f"/reporting/{COUNTY}/{YEAR}/thread/T2/")
    assert "2022-05-20 达到" in text_of(client_of("city"), f"/reporting/{COUNTY}/{YEAR}/")


def approve(sheet, roads) -> None:
    """The whole sheet, typed and approved."""
    for part in sheet.parts.all():
        by = User.objects.filter(organisation=part.organisation).first() or User.objects.create_user(
            f"by-{part.organisation.code}", role=User.Role.BUREAU, organisation=part.organisation
        )
        codes = part.entries.exclude(indicator="T2").values_list("indicator", flat=True)
        typed = [Typed(code, None, "本年没有统计，下年补报") for code in codes]
        save_entries(submission=sheet, typed=typed, by=by)
        hand_over(part=part, by=by)
    change_state(submission=sheet, action="submit", by=User.objects.get(username="county"))
    change_state(submission=sheet, action="approve", by=User.objects.get(username="city"))


def test_approval_makes_the_day_official_everywhere(sheet, roads, tmp_path):
    put(roads, value=NEXT, reached_on="2022-05-20", explanation="省里提前命名，文号已附")
    approve(sheet, roads)
    (fact,) = Observation.objects.as_of().filter(indicator="T2", year=YEAR)
    assert (fact.value, fact.reached_on) == (Decimal(2), DAY)
    client = client_of("city")
    assert "已命名 2022-05-20 达到" in text_of(client, f"/indicators/T2/?year={YEAR}")
    rows = client.get(f"/api/v1/observations/?indicator=T2&year={YEAR}").json()["results"]
    assert [row["reached_on"] for row in rows] == ["2022-05-20"]
    written = client.get(f"/api/v1/observations/?indicator=T2&year={YEAR}&format=csv")
    assert b"2022-05-20" in b"".join(written)
    cube = client.get("/api/v1/observations/?indicator=T2&format=jsonstat").json()
    assert "2022-05-20" in json.dumps(cube["extension"])
    file = tmp_path / "moved.yaml"
    call_command("export_plan", str(file), verbosity=0)
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["observations"]
    assert [row.get("reached_on") for row in rows if (row["indicator"], row["year"]) == ("T2", YEAR)] == ["2022-05-20"]


def test_a_reopening_that_is_over_gives_the_day_back(sheet, roads):
    put(roads, value=NEXT, reached_on="2022-05-20", explanation="省里提前命名，文号已附")
    approve(sheet, roads)
    until = timezone.now() + timedelta(days=1)
    city = User.objects.get(username="city")
    change_state(submission=sheet, action="reopen", by=city, reason="命名文件日期有误", until=until)
    part = entry().part
    part.state = part.State.OPEN
    part.save()
    assert put(roads, value=NEXT, reached_on="2022-05-25", explanation="按命名文件改日期").status_code == 200
    lapse_reopened(at=until + timedelta(minutes=1))
    assert entry().reached_on == DAY


# The workbook ---------------------------------------------------------------------------------------


def test_the_workbook_brings_the_day_in_and_out(sheet, roads):
    book = sheet_book(sheet, roads)
    cell(book, "T2", "value").value = STAGE
    cell(book, "T2", "reached_on").value = "2022/5/20"
    preview, record = confirm_upload(sheet, roads, saved(book))
    assert [change.new for change in preview.changes if change.read.row.code == "T2"] == ["创建中（2022-05-20 达到）"]
    assert entry().reached_on == DAY
    again = sheet_book(sheet, roads)
    assert cell(again, "T2", "reached_on").value == "2022-05-20"
    assert preview_upload(sheet, roads, saved(again)).typed == []
    cell(again, "T2", "reached_on").value = date(2022, 5, 21)
    (typed,) = preview_upload(sheet, roads, saved(again)).typed
    assert typed.reached_on == date(2022, 5, 21)
    (line,) = undo_upload(sheet, roads, record, reason="传错了文件，整体撤销")
    assert (line.now, entry().reached_on) == ("创建中（2022-05-20 达到）", None)


def test_an_upload_that_is_taken_back_gives_the_day_back(sheet, roads):
    put(roads, value=STAGE, reached_on="2022-05-20")
    book = sheet_book(sheet, roads)
    cell(book, "T2", "value").value = NEXT
    cell(book, "T2", "reached_on").value = "2022-11-01"
    _preview, record = confirm_upload(sheet, roads, saved(book))
    assert (entry().value, entry().reached_on) == (2, date(2022, 11, 1))
    undo_upload(sheet, roads, record, reason="传错了文件，整体撤销")
    assert (entry().value, entry().reached_on) == (1, DAY)


@pytest.mark.parametrize(
    ("code", "typed", "words"),
    [
        ("T2", "2023-01-01", "达到日期 2023-01-01 晚于 2022 年"),
        ("T2", "五月", "达到日期“五月”不是日期"),
        ("T1", "2022-05-20", "“公交分担率”不分阶段，达到日期请留空"),
    ],
)
def test_a_cell_with_a_day_that_cannot_be_is_named(sheet, roads, code, typed, words):
    book = sheet_book(sheet, roads)
    cell(book, "T2", "value").value = STAGE
    cell(book, code, "reached_on").value = typed
    (fault,) = preview_upload(sheet, roads, saved(book)).faults
    assert (fault.column, fault.code) == ("达到日期", code)
    assert words in fault.cause


def test_only_rows_in_stages_are_open_for_a_day(sheet, roads):
    book = sheet_book(sheet, roads)
    opened = {code: not cell(book, code, "reached_on").protection.locked for code in ("T1", "T2")}
    assert opened == {"T1": False, "T2": True}


def test_a_workbook_from_before_the_days_keeps_that_of_the_same_stage(sheet, roads):
    put(roads, value=STAGE, reached_on="2022-05-20")
    book = sheet_book(sheet, roads)
    titles = [each.value for each in book[SHEET][3]]
    book[SHEET].delete_cols(titles.index("达到日期") + 1)
    marker = json.loads(book[MARKER]["A1"].value)
    book[MARKER]["A1"].value = json.dumps(marker | {"format": "county-sheet-2"}, ensure_ascii=False)
    assert preview_upload(sheet, roads, saved(book)).typed == []
    cell(book, "T2", "value").value = NEXT
    (typed,) = preview_upload(sheet, roads, saved(book)).typed
    assert (typed.value, typed.reached_on) == (2, None)
