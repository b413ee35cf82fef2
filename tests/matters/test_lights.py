"""红黄绿灯 by one rule in versions, with a preview; and the monthly bulletin out of the steps."""

import io
import re
from datetime import date

import pytest
from django.utils import translation
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

from lib.refusals import Invalid, NotAllowed
from matters.actions import Order, Said, issue_matter, take_step
from matters.light_actions import define_light_rule
from matters.models import LightRule, Matter
from matters.month_results import MonthSpan, line_of, results
from matters.register import one
from matters.schedule_lights import (
    GREEN,
    NONE,
    RED,
    YELLOW,
    Limits,
    counted,
    everything,
    limits_in_force,
    matter_lag,
    turned,
)
from matters.things import find_thing
from reports.bulletin import bulletin_blocks, heading, sums
from tests.matters.conftest import PDF, TODAY, at, unit, user
from workdays.calendar import work_calendar

REASON = "联席会议纪要要求从严"


@pytest.mark.parametrize(
    ("lag", "light"),
    [(None, NONE), (-5.0, GREEN), (9.99, GREEN), (10.0, YELLOW), (29.9999999, YELLOW), (30.0, RED), (250.0, RED)],
)
def test_ten_points_are_yellow_and_thirty_red(lag, light):
    if lag != 29.9999999:  # rounded before it is compared: the noise of floats turns no light
        assert Limits().light(lag) == light
    else:
        assert Limits().light(lag) == RED


def test_a_matter_lags_by_the_time_given(demo):
    """Issued on the 22nd, due on the 31st: ten days with both, a tenth gone on the first."""
    order = Order("请办。", unit("330127-DRC"), date(2026, 3, 31))
    thing = find_thing("county", "330127", user("municipal"))
    matter = issue_matter(thing=thing, order=order, by=user("municipal"), at=at(22))
    assert [matter_lag(matter, date(2026, 3, day)) for day in (22, 26, 31)] == [10.0, 50.0, 100.0]
    matter.percent_done = 40
    assert matter_lag(matter, date(2026, 3, 26)) == 10.0
    matter.state = "reported"
    assert matter_lag(matter, date(2026, 4, 30)) == 0.0
    matter.state = "closed"
    assert matter_lag(matter, date(2026, 4, 30)) is None


def test_what_is_over_and_not_kept_is_red_however_little_it_lacks(clients):
    assert (Limits().light(2.0, is_over=True), Limits().light(None, is_over=True)) == (RED, RED)
    city = user("municipal")
    broken = {row.code: row for row in everything(city, TODAY) if row.is_over}
    assert 0 < broken["C12/330127/2023"].lag < Limits().yellow
    assert {row.light(Limits()) for row in broken.values()} == {RED}
    listed = re.findall(r"● (..)</span>", clients["municipal"].get("/lights/?kind=commitment").content.decode())
    assert listed == ["红灯"] * listed.count("红灯") + ["黄灯"] * listed.count("黄灯")
    assert set(listed) == {"红灯", "黄灯"}
    lines = clients["leader"].get("/commitments/C12/").content.decode().partition("<tbody")[2].split("</tr>")
    lights = {re.search(r"● (..)", line)[1] for line in lines if 'class="promise broken"' in line}
    assert lights == {"红灯"}


def test_a_matter_past_its_day_is_red_until_it_is_reported(demo):
    order = Order("请办。", unit("330127-DRC"), date(2026, 3, 31))
    matter = issue_matter(
        thing=find_thing("county", "330127", user("municipal")), order=order, by=user("municipal"), at=at(22)
    )
    matter.percent_done = 95
    lights = [one(matter, date(2026, month, day), work_calendar(), Limits()).light for month, day in ((3, 31), (4, 1))]
    assert lights == [GREEN, RED]
    matter.save()
    lit = {row.code: row for row in everything(user("municipal"), date(2026, 4, 1))}[matter.code]
    assert (lit.light(Limits()), lit.is_over) == (RED, True)
    matter.state = "reported"
    assert one(matter, date(2026, 4, 1), work_calendar(), Limits()).light == GREEN


def test_the_preview_says_what_the_rule_then_does(demo):
    city = user("municipal")
    rows, others = everything(city, TODAY), Limits(60, 90)
    limits, version = limits_in_force()
    assert (limits, version) == (Limits(10, 30), 0)
    said = {row.code: then for row, _now, then in turned(rows, limits, others)}
    assert said
    before = counted(rows, limits, others)
    define_light_rule(limits=others, reason=REASON, by=city)
    in_force, version = limits_in_force()
    assert version == 1
    assert {row.code: row.light(in_force) for row in everything(city, TODAY) if row.code in said} == said
    assert [row.then for row in before] == [row.now for row in counted(rows, in_force)]


def test_only_the_plan_s_owner_sets_them_in_versions_with_a_reason(demo):
    for name in ("leader", "admin", "chunan", "stats"):
        with pytest.raises(NotAllowed):
            define_light_rule(limits=Limits(5, 9), reason=REASON, by=user(name))
    city = user("municipal")
    for limits in (Limits(0, 9), Limits(9, 9), Limits(9, 101)):
        with pytest.raises(Invalid, match="百分点"):
            define_light_rule(limits=limits, reason=REASON, by=city)
    with pytest.raises(Invalid, match="理由"):
        define_light_rule(limits=Limits(5, 9), reason="无", by=city)
    define_light_rule(limits=Limits(5, 9), reason=REASON, by=city)
    define_light_rule(limits=Limits(5, 9), reason=REASON, by=city)
    define_light_rule(limits=Limits(5, 8), reason=REASON, by=city)
    rows = LightRule.objects.order_by("version")
    assert [(row.version, row.red_points, row.superseded_at is None) for row in rows] == [(1, 9, False), (2, 8, True)]


def test_the_page_previews_and_sets(clients):
    given = {"yellow": "60", "red": "90", "reason": REASON}
    shown = clients["municipal"].post("/lights/", given | {"preview": "1"})
    assert (shown.status_code, LightRule.objects.count()) == (200, 0)
    assert "还没有生效" in shown.content.decode()
    assert clients["municipal"].post("/lights/", given).status_code == 302
    assert LightRule.objects.count() == 1
    assert clients["leader"].post("/lights/", given).status_code == 403


# 通报 ------------------------------------------------------------------------------------------------------

MARCH, APRIL = MonthSpan(date(2026, 3, 1), date(2026, 3, 31)), MonthSpan(date(2026, 4, 1), date(2026, 4, 30))


def outcome(matter: Matter, month: MonthSpan) -> str | None:
    line = line_of(matter, matter.steps.order_by("number"), month)
    return line.outcome if line else None


def test_who_was_on_time_is_read_off_the_steps(asked):
    housing = user("chunan-housing")
    assert [outcome(asked, month) for month in (MARCH, APRIL)] == ["overdue", "overdue"]
    february = MonthSpan(date(2026, 2, 1), date(2026, 2, 28))
    assert outcome(asked, february) is None
    take_step(matter=asked, step="sign", by=housing, at=at(23))
    take_step(matter=asked, step="report", by=housing, said=Said("好。", files=[("a.pdf", PDF)]), at=at(30))
    assert [outcome(asked, month) for month in (MARCH, APRIL)] == ["on_time", None]
    take_step(matter=asked, step="send_back", by=user("municipal"), said=Said("不全。"), at=at(31))
    assert outcome(asked, MARCH) == "overdue"


def test_the_bulletin_s_finding_is_in_the_language_of_the_page_and_its_file_in_chinese(clients):
    client = clients["municipal"]
    client.cookies["django_language"] = "en"
    page = client.get("/bulletin/?month=2026-03").content.decode()
    told = re.sub("<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1])
    assert told.startswith("As of 2026-03-31, of 6 matters under way in 2026-3: ")
    assert not re.search("[\u4e00-\u9fff]", told)
    with translation.override("en"):
        assert str(heading(MARCH, [])) == "No matters under way in 2026-3."
    document = Document(io.BytesIO(client.get("/bulletin/2026-03.docx").content))
    assert any("2026年3月涉及督办事项6件：" in paragraph.text for paragraph in document.paragraphs)


def test_the_bulletin_is_one_on_page_and_in_files(clients):
    found = results(user("municipal"), MARCH)
    assert sum(sums(found).values()) == Matter.objects.count() == 6
    assert sum(len(row.lines) for row in found) == 6
    answer = clients["municipal"].get("/bulletin/2026-03.docx")
    document = Document(io.BytesIO(answer.content))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "2026年3月督办事项办理情况通报" in words
    assert "含演示数据" in words
    first, *_rest, issuer, day = [paragraph for paragraph in document.paragraphs if paragraph.text.strip()][2:]
    assert (first.text, issuer.text, day.text) == ("各有关单位：", "杭州市发展和改革委员会", "2026年3月31日")
    assert [each.alignment for each in (issuer, day)] == [WD_ALIGN_PARAGRAPH.RIGHT] * 2
    asked = next(paragraph.text for paragraph in document.paragraphs if "抓紧办理" in paragraph.text)
    assert [row.unit.name in asked for row in found] == [row.overdue > 0 for row in found]
    own = Document(io.BytesIO(clients["tonglu-housing"].get("/bulletin/2026-03.docx").content))
    assert not any("各有关单位" in paragraph.text for paragraph in own.paragraphs)  # an extract, which tells nobody
    codes = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    late = [line.matter for row in found for line in row.lines if line.outcome in ("overdue", "late")]
    assert {matter.code for matter in late} == {text for text in codes if text.startswith("DB-")}
    assert len(bulletin_blocks(MARCH, [])) == 1
    assert clients["municipal"].get("/bulletin/1999-01.docx").status_code == 404


def test_a_unit_reads_of_its_own_alone(clients):
    own = clients["tonglu-housing"].get("/bulletin/2026-03.csv").content.decode("utf-8-sig")
    codes = {matter.code for matter in Matter.objects.visible_to(user("tonglu-housing"))}
    assert {row.split(",")[0] for row in own.splitlines()[1:]} == codes
    assert len(codes) == 1
