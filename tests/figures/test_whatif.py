"""What-if: an empty scenario is the present, a changed one is what the kernel says, nothing is stored."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.models import Assessment, IndicatorDefinition, Target
from journal.models import AuditEntry, Change

pytestmark = pytest.mark.usefixtures("demo")
PATH = "/whatif/?area=330127&indicator=P02"


def columns(response, scenario: int) -> dict[int, dict]:
    return {line["year"]: line["cells"][scenario]["row"] for line in response.context["rows"]}


@pytest.mark.parametrize("code", [f"P{n:02d}" for n in range(1, 17)] + ["H01", "H02", "H03", "H04"])
def test_no_change_equals_the_present(clients, code):
    response = clients["leader"].get(f"/whatif/?area=330127&indicator={code}")
    stored = {row.year: row for row in Assessment.objects.filter(area="330127", indicator=code)}
    names = ("value", "target", "standard", "gap", "status", "standard_status", "pace", "projection", "outlook")
    for scenario in (0, 1, 2):
        rows = columns(response, scenario)
        assert {y: [row[n] for n in names] for y, row in rows.items()} == {
            y: [getattr(row, n) for n in names] for y, row in stored.items()
        }
    assert not any(cell["flips"] for line in response.context["rows"] for cell in line["cells"])


def test_a_lower_target_turns_the_status_and_only_in_its_scenario(clients):
    response = clients["municipal"].get(f"{PATH}&a_target_2024=93.4")
    assert [columns(response, n)[2024]["status"] for n in range(3)] == ["behind", "met", "behind"]
    assert columns(response, 1)[2024]["target"] == 93.4


def test_tolerance_and_standard(clients):
    response = clients["municipal"].get(f"{PATH}&a_tolerance=1&b_standard_2024=93")
    assert [columns(response, n)[2024]["status"] for n in range(3)] == ["behind", "near", "behind"]
    assert columns(response, 2)[2024]["standard_status"] == "met"


def test_a_pace_goes_on_from_the_last_value_within_the_bounds(clients):
    response = clients["municipal"].get(f"{PATH}&a_yearly=0.5&b_yearly=9")
    values = [columns(response, 1)[year]["value"] for year in (2024, 2025, 2026, 2027)]
    assert values == pytest.approx([93.4, 93.9, 94.4, 94.9])
    assert [columns(response, 2)[year]["value"] for year in (2025, 2026, 2027)] == [100, 100, 100]
    assert columns(response, 2)[2027]["outlook"] == "achieved"


@pytest.mark.parametrize("number", ["1e9999999", "-1e9999999", "9" * 5_000, "sNaN", "1e-9999999", "Infinity"])
def test_no_number_is_a_fault_of_the_site(clients, number):
    for name in ("a_tolerance", "b_yearly", "a_target_2025"):
        assert clients["stats"].get(f"{PATH}&{name}={number}").status_code == 400


def test_what_is_not_a_number_is_told_and_stays_in_the_form(clients):
    response = clients["municipal"].get(f"{PATH}&a_target_2026=abc&b_tolerance=-1")
    text = response.content.decode()
    assert response.status_code == 400
    assert "2026：“abc”不是数" in text
    assert "容差不能是负数" in text
    assert 'value="abc"' in text


@pytest.mark.parametrize("query", ["area=330100", "area=999999", "indicator=X99"])
def test_an_unknown_place_is_a_404(clients, query):
    assert clients["municipal"].get(f"/whatif/?{query}").status_code == 404


def test_nothing_is_stored(clients):
    models = (Target, Assessment, Change, IndicatorDefinition)

    def counts():
        return [AuditEntry.objects.writes().count(), *(model.objects.count() for model in models)]

    before = counts()
    clients["municipal"].get(f"{PATH}&a_target_2027=97&a_tolerance=3&b_yearly=1")
    assert counts() == before


def test_its_targets_go_through_the_ordinary_import(clients):
    """The table it gives is one that the import takes, and the preview shows the one change."""
    table = clients["municipal"].get("/whatif/a/targets.csv?area=330127&indicator=P02&a_target_2027=96")
    file = SimpleUploadedFile("targets.csv", table.content)
    form = {"kind": "plan", "sheet": "年度目标", "document": "会议纪要", "reason": "假设分析", "file": file}
    preview = clients["municipal"].post("/imports/", form, follow=True)
    assert preview.status_code == 200
    text = preview.content.decode()
    assert "96.5" in text
    assert "96" in text
    assert clients["municipal"].get("/whatif/a/targets.csv?area=330127&indicator=P02").status_code == 404


def test_queries(clients, django_assert_max_num_queries):
    clients["leader"].get(PATH)
    with django_assert_max_num_queries(32):
        clients["leader"].get(f"{PATH}&a_target_2027=97&b_yearly=1")
