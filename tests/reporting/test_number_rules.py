"""Rules between numbers on sheets, in the API, on the cell, on their page; and the demonstration, which keeps them."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Versioned
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed
from projects.models import ProgressReport
from projects.register_figures import figures
from reporting.checks.findings import obstacles
from reporting.models import NumberRule, Submission
from reporting.rules.actions import NumberRuleTerms, define_number_rule, withdraw_number_rule
from reporting.rules.contradictions import official_contradictions, rules_in_force
from reporting.sheets import read_sheet
from tests.reporting.would_be import lines_with

WHY = "新建污水处理厂投运"


def sheet_of(area: str = "330127") -> Submission:
    return Submission.objects.get(area=area, round__year=2025)


def found(lines, code: str) -> list:
    (line,) = [line for line in lines if line.entry.indicator_id == code]
    return [finding for finding in line.findings if finding.code == "contradiction"]


def test_a_part_above_its_whole_is_found_on_both_rows(demo):
    proposed = {"P08": (Decimal(60), ""), "P07": (Decimal("46.6"), "")}
    lines = lines_with(sheet_of(), proposed)
    for code in proposed:
        (finding,) = found(lines, code)
        assert (finding.severity, finding.rule) == ("hard", "R01")
        assert dict(finding.compared) == {"县城人口占县域比重": Decimal(60), "常住人口城镇化率": Decimal("46.6")}
        assert "60" in finding.words
        assert "46.6" in finding.words
    assert found(lines, "P01") == []


def test_it_is_found_when_one_row_alone_is_read(demo):
    sheet = sheet_of()
    sheet.entries.filter(indicator="P07").update(value=Decimal("46.6"))
    (line,) = lines_with(sheet, {"P08": (Decimal(60), "")}, indicators=["P08"])
    assert [finding.rule for finding in line.findings if finding.code == "contradiction"] == ["R01"]
    (line,) = lines_with(sheet, {"P08": (Decimal(40), "")}, indicators=["P08"])
    assert [finding for finding in line.findings if finding.code == "contradiction"] == []


def test_a_number_that_is_not_reported_contradicts_nothing(demo):
    lines = lines_with(sheet_of(), {"P08": (Decimal(60), ""), "P07": (None, "尚未统计")})
    assert found(lines, "P08") == []


def test_a_register_is_held_against_the_sheet(demo):
    lines = lines_with(sheet_of(), {"P09": (Decimal("102.44"), "")})
    (finding,) = found(lines, "P09")
    assert (finding.severity, finding.rule) == ("soft", "R02")
    assert dict(finding.compared)["项目库累计完成投资（亿元）"] == Decimal("65.3718")
    assert "相差 56.7%，允许 5%" in finding.words
    assert obstacles([finding], "") != []
    assert obstacles([finding], WHY) == []


def test_what_is_apart_is_shown_to_as_many_places_as_it_takes(demo):
    define_number_rule(
        NumberRuleTerms("R02", "P09 ~ projects.completed ± 0.01 %", "soft"), reason="会议纪要明确", by=None
    )
    words = [one.words for one in official_contradictions(areas=["330122"])]
    assert len(words) == 1
    assert "14.0915，相差 0.011%，允许 0.01%" in words[0]


@pytest.mark.parametrize("text", ["P02 * 99999999999999999999999 ~ 1 ± 1", f"P02 {'* P02 ' * 24}~ 1 ± 1 %"])
def test_a_rule_of_any_size_breaks_nobody_s_sheet(demo, clients, text):
    """One that the city mistypes stands on every county's sheet, on cells and in the list."""
    terms = NumberRuleTerms("R90", text, "soft", "两边应当接近")
    define_number_rule(terms, reason="试一条很大的规则", by=User.objects.get(username="municipal"))
    lines = lines_with(sheet_of(), {"P02": (Decimal("93.4"), "")})
    (finding,) = [each for each in found(lines, "P02") if each.rule == "R90"]
    assert "相差" in finding.words
    for path in ("/reporting/330127/2025/", "/reporting/rules/", "/cells/330127/P02/2024/"):
        assert clients["chunan"].get(path).status_code == 200, path
    assert "R90" in clients["stats"].get("/api/v1/contradictions/?year=2024").content.decode()


def test_one_of_two_units_says_why_for_both(demo):
    define_number_rule(NumberRuleTerms("R08", "P03 <= P15", "soft"), reason="会议纪要明确", by=None)
    proposed = {"P03": (Decimal(12), ""), "P15": (Decimal("9.6"), "")}
    lines = lines_with(sheet_of(), proposed)
    assert [found(lines, code)[0].asks for code in proposed] == [True, True]
    lines = lines_with(sheet_of(), proposed | {"P15": (Decimal("9.6"), WHY)})
    assert [found(lines, code)[0].asks for code in proposed] == [False, True]
    assert [found(lines, code)[0].is_settled for code in proposed] == [True, False]


def test_the_api_tells_what_was_compared(demo, clients):
    define_number_rule(NumberRuleTerms("R08", "H02 ~ projects.completed ± 5 %", "soft"), reason="会议纪要明确", by=None)
    body = {"dry_run": True, "entries": [{"indicator": "H02", "value": 102.44}]}
    address = "/api/v1/submissions/330127/2025/entries/"
    answer = clients["chunan-planning"].put(address, body, content_type="application/json")
    (entry,) = answer.json()["entries"]
    (finding,) = [each for each in entry["findings"]["soft"] if each["code"] == "contradiction"]
    assert finding["rule"] == "R08"
    assert {"what": "项目库累计完成投资（亿元）", "value": 65.3718} in finding["compared"]


def test_this_year_and_last(demo):
    define_number_rule(NumberRuleTerms("R08", "P09 >= P09[-1] + 100", "soft"), reason="会议纪要明确", by=None)
    years = {(one.area, one.year) for one in official_contradictions() if one.row.code == "R08"}
    assert ("330127", 2023) in years  # the first year is held against 0
    assert all(year >= 2023 for _area, year in years)


def test_sums_over_counties_want_every_county(demo):
    values = [row.value for row in Observation.objects.as_of().filter(indicator="H02", year=2024)]
    assert len(values) == 3
    define_number_rule(NumberRuleTerms("R08", f"sum(H02) > {sum(values)}", "soft"), reason="会议纪要明确", by=None)
    assert {one.year for one in official_contradictions() if one.row.code == "R08"} == {2023, 2024}
    define_number_rule(NumberRuleTerms("R08", f"sum(H02) >= {sum(values)}", "soft"), reason="会议纪要明确", by=None)
    assert {one.year for one in official_contradictions() if one.row.code == "R08"} == {2023}
    Observation.objects.filter(indicator="H02", year=2023, area="330182").delete()
    assert [one for one in official_contradictions() if one.row.code == "R08"] == []


def test_the_demonstration_contradicts_itself_nowhere(demo):
    assert len(rules_in_force()) == 3
    assert [one.words for one in official_contradictions()] == []
    sheets = Submission.objects.select_related("round", "area")
    assert [f.words for sheet in sheets for line in read_sheet(sheet) for f in line.findings if f.rule] == []


def test_the_register_adds_up_by_share_and_year(demo):
    years = range(2022, 2028)
    rows = figures({"projects.completed"}, years)
    assert {year for _name, _area, year in rows} == {2023, 2024, 2025}
    last = ProgressReport.objects.filter(is_current=True, year=2025, quarter=4, completed_yi__isnull=False)
    latest = {row.project_id: row for row in ProgressReport.objects.invested()}
    assert last.exists()
    whole = sum(row.completed_yi for row in latest.values())
    assert sum(rows[key] for key in rows if key[2] == 2025) == whole


def test_the_cell_shows_it(demo, clients):
    page = "/cells/330122/P09/2024/"
    assert "数据矛盾" not in clients["leader"].get(page).content.decode()
    grounds = Grounds(by=None, via=Versioned.Via.DEMO, reason="演示", at=timezone.now())
    record_facts(Observation, [FactRow("330122", "P09", 2024, Decimal("102.44"), cite="demo")], grounds=grounds)
    text = clients["leader"].get(page).content.decode()
    assert "数据矛盾（R02" in text
    assert "102.44" in text


class TestPage:
    ADDRESS = "/reporting/rules/"
    RULE = {
        "code": "R08",
        "text": "P12 >= 1",
        "severity": "soft",
        "words": "每个地区至少一家",
        "reason": "联席会议纪要要求",
    }

    def test_preview_tells_what_it_would_find_and_saves_nothing(self, clients, demo):
        answer = clients["municipal"].post(self.ADDRESS, self.RULE | {"preview": "1"})
        text = answer.content.decode()
        number = Observation.objects.as_of().filter(indicator="P12", value=0).count()
        assert number
        assert f"会在官方数值里找出 {number} 处" in text
        assert not NumberRule.objects.filter(code="R08").exists()

    def test_the_city_saves_changes_and_ends_a_rule(self, clients, demo):
        for text in ("P12 >= 1", "P12 >= 0"):
            assert clients["municipal"].post(self.ADDRESS, self.RULE | {"text": text}).status_code == 302
        versions = [(row.version, row.text, row.superseded_at is None) for row in NumberRule.objects.filter(code="R08")]
        assert versions == [(2, "P12 >= 0", True), (1, "P12 >= 1", False)]
        assert clients["municipal"].post(self.ADDRESS, self.RULE | {"withdraw": "1"}).status_code == 302
        assert not NumberRule.objects.as_of().filter(code="R08").exists()
        assert AuditEntry.objects.filter(action="withdraw_number_rule").count() == 1

    def test_a_bad_rule_is_told_and_what_was_typed_stays(self, clients, demo):
        answer = clients["municipal"].post(self.ADDRESS, self.RULE | {"text": "P12 >= P99"})
        assert answer.status_code == 400
        assert "没有“P99”" in answer.content.decode()
        assert 'value="P12 &gt;= P99"' in answer.content.decode()

    def test_nobody_else_writes(self, clients, demo):
        for login in ("chunan", "leader", "stats"):
            assert clients[login].get(self.ADDRESS).status_code == 200
            assert clients[login].post(self.ADDRESS, self.RULE).status_code == 403

    def test_a_county_is_refused_by_the_action_too(self, demo):
        by = User.objects.get(username="chunan")
        with pytest.raises(NotAllowed):
            define_number_rule(NumberRuleTerms("R08", "P12 >= 1", "soft"), reason="联席会议纪要", by=by)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (NumberRuleTerms("R08", "P12 >= 1", "soft"), "核实无误"),
        (NumberRuleTerms("r08", "P12 >= 1", "soft"), "联席会议纪要"),
        (NumberRuleTerms("", "P12 >= 1", "soft"), "联席会议纪要"),
        (NumberRuleTerms("R08", "P12 >= 1", "loud"), "联席会议纪要"),
        (NumberRuleTerms("R08", "P12", "soft"), "联席会议纪要"),
        (NumberRuleTerms("R08", "projects.completed >= projects.landed", "soft"), "联席会议纪要"),
        (NumberRuleTerms("R08", "P09[-1] >= P09[-2]", "soft"), "联席会议纪要"),
    ],
)
def test_what_cannot_be_a_rule_is_refused(plan, terms, reason):
    with pytest.raises(Invalid):
        define_number_rule(terms, reason=reason, by=None)


def test_the_same_again_is_no_new_version_and_the_file_leaves_the_citys(plan):
    before = NumberRule.objects.count()
    row = NumberRule.objects.as_of().get(code="R01")
    terms = NumberRuleTerms(row.code, row.text, row.severity, row.words, row.cite)
    define_number_rule(terms, reason="联席会议纪要", by=None)
    assert NumberRule.objects.count() == before
    with pytest.raises(Invalid):
        withdraw_number_rule("R77", reason="联席会议纪要", by=None)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("number_rule_has_a_code", {"code": "r1"}),
        ("number_rule_is_hard_or_soft", {"severity": "loud"}),
        ("number_rule_says_what_and_why", {"reason": ""}),
        ("number_rule_ends_after_it_begins", {"superseded_at": "2001-01-01T00:00:00Z"}),
    ],
)
def test_constraints(plan, name, change):
    row = NumberRule.objects.first()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        NumberRule.objects.filter(pk=row.pk).update(**change)
