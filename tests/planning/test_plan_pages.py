"""The plan's page: its text, what is uncertain in it, and which indicators belong where."""

import re

import pytest

from figures.templatetags.display import STATUS_NAMES
from indicators.models import Assessment, IndicatorDefinition, KnownShortfall
from plan.models import Chapter, Field, GovernanceBody, Milestone, PolicyDocument
from tests.folding import folded


@pytest.mark.parametrize(
    "username", ["admin", "municipal", "leader", "tonglu", "chunan", "jiande", "chunan-health", "stats"]
)
def test_every_login_reads_the_plan(clients, username):
    assert clients[username].get("/plan/").status_code == 200


def test_nobody_does_not(clients):
    assert clients[None].get("/plan/").status_code == 302


def test_it_holds_the_whole_text(clients):
    text = clients["stats"].get("/plan/").content.decode()
    parts = [row.words for model in (Milestone, KnownShortfall, GovernanceBody) for row in model.objects.all()]
    parts += [text for row in Chapter.objects.all() for text in (str(row), row.subjects)]
    parts += [text for row in PolicyDocument.objects.all() for text in (row.title, row.issuer, row.issued, row.note)]
    parts += [row.name for row in Field.objects.all()]
    assert Chapter.objects.count() == 9
    assert [part for part in parts if part not in text] == []


def test_it_says_that_section_titles_are_not_known(clients):
    text = clients["stats"].get("/plan/").content.decode()
    assert "没有各节的标题" in text
    assert "9章25节" in text


def test_each_indicator_stands_once_in_its_chapter_and_field(clients):
    context = clients["stats"].get("/plan/").context
    placed = {row.definition.indicator_id: chapter.number for chapter, rows in context["chapters"] for row in rows}
    fields = {row.definition.indicator_id: field.code for field, rows in context["fields"] for row in rows}
    stored = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    assert placed == {code: row.chapter_id for code, row in stored.items()}
    assert fields == {code: row.field_id for code, row in stored.items()}
    assert sum(len(rows) for _, rows in context["chapters"]) == 20


@pytest.mark.parametrize(("query", "year", "column"), [("", 2024, "status"), ("?year=2023", 2023, "status")])
def test_the_marks_are_those_stored(clients, query, year, column):
    text = clients["stats"].get(f"/plan/{query}").content.decode()
    shown = re.findall(r'href="/cells/(\d+)/(\w+)/(\d+)/[^"]*"><span class="mark (\w+)"', text)
    stored = Assessment.objects.filter(year=year).values_list("area_id", "indicator_id", "year", column)
    assert sorted(shown) == sorted((area, code, str(y), status) for area, code, y, status in stored)
    assert {status for *_, status in shown} <= set(STATUS_NAMES)


def test_what_is_uncertain_is_marked(clients):
    """Fields that our reading added, the provincial document known from elsewhere, dates that are inferred."""
    text = clients["stats"].get("/plan/").content.decode()

    def follows(words):
        return "暂定" in text.partition(words)[2][:120].partition("</li>")[0].partition("</tr>")[0]

    assert {name: follows(f"<b>{name}</b>") for name in ("产业配套", "人口与就业", "城乡融合")} == {
        "产业配套": False,
        "人口与就业": True,
        "城乡融合": True,
    }
    cells = re.findall(r'<td class="word">(\d{4}[-\d]*)(<span class="tag")?', folded(text))
    assert cells == [("2022-05", ""), ("2023-03-18", '<span class="tag"'), ("2023", '<span class="tag"')]
    certain = IndicatorDefinition.objects.as_of().filter(cite="plan").count()
    assert f"20项指标中{20 - certain}项为暂定" in text


def test_known_shortfalls_carry_their_words_and_size(clients):
    context = clients["stats"].get("/plan/").context
    sizes = {
        known.indicator_id: [(cell.shortfall_year, cell.shortfall) for cell in row.cells]
        for known, row in context["shortfalls"]
    }
    assert set(sizes) == {"P01", "P02", "P03"}
    for area, (year, size) in zip(context["picture"].counties, sizes["P01"], strict=True):
        stored = Assessment.objects.get(area=area, indicator="P01", year=year)
        assert (year, size) == (2027, stored.target - stored.standard)


@pytest.mark.parametrize("query", ["year=2031", "year=soon", "benchmark=other", "as_of=soon"])
def test_what_is_not_understood_is_404(clients, query):
    assert clients["stats"].get(f"/plan/?{query}").status_code == 404


def test_queries_are_pinned(clients, django_assert_num_queries):
    client = clients["municipal"]
    with django_assert_num_queries(15):
        client.get("/plan/")
