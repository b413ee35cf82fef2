"""On random workbooks: what the preview says turns is what turns, and the past stays what it was."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.models import Area
from indicators.cells.inputs import KEY
from indicators.definitions.rows import DIRECTIONS, KINDS
from indicators.effects import JUDGED, Flip
from indicators.frames import STORED_COLUMNS, assessed_frame, stored_frame
from indicators.importing.tables import apply, preview_observations, preview_plan
from indicators.importing.workbook import INDICATORS, STANDARDS, TARGETS, write_workbook
from indicators.models import Assessment, IndicatorDefinition
from indicators.recomputes.recompute import changed_rows, sweep_pending
from plan.models import Chapter, Field
from tests.examples import examples

COUNTIES = ["330122", "330127", "330182"]
CODES = ["P01", "P02", "P03", "P07", "P09", "P10", "P13", "P15", "H01", "H04"]
FIRST = datetime.now(UTC) + timedelta(days=1)  # after all that is recorded, and before another year falls due
few = settings(
    max_examples=examples(12),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

counties, codes = st.sampled_from(COUNTIES), st.sampled_from(CODES)
amounts = st.decimals(min_value=1, max_value=100, places=1)
years = st.integers(2022, 2027)
facts = st.dictionaries(st.tuples(counties, codes), st.dictionaries(years, amounts, min_size=1, max_size=4), max_size=8)
definitions = st.dictionaries(
    codes | st.just("X01"),
    st.fixed_dictionaries(
        {
            "direction": st.sampled_from(["越高越好", "越低越好"]),
            "kind": st.sampled_from(["年度水平", "累计"]),
            "tolerance": st.decimals(min_value=0, max_value=20, places=2),
            "upper_bound": st.none() | st.just(100),
        }
    ),
    max_size=3,
)
workbooks = st.fixed_dictionaries({"指标": definitions, "年度目标": facts, "省定标准": facts})
values = st.dictionaries(st.tuples(counties, codes, years), amounts, min_size=1, max_size=6)


@contextmanager
def undone():
    """Everything written inside is rolled back: hypothesis runs many examples in one test."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def definition_rows(wanted):
    current = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    field, chapter = Field.objects.first().name, Chapter.objects.first().number
    rows = []
    for code, changed in wanted.items():
        old = current.get(code)
        rows.append(
            {
                "code": code,
                "name": old.name if old else f"新指标{code}",
                "unit": old.unit if old else "个",
                "field": old.field.name if old else field,
                "chapter": old.chapter_id if old else chapter,
                "origin": "省定",
                "owner": old.owner if old else "统计局",
                "decimals": 1,
                "lower_bound": 0,
                **changed,
            }
        )
    return rows


def fact_rows(wanted):
    return [{"area": area, "code": code, **numbers} for (area, code), numbers in wanted.items()]


def plan_workbook(wanted):
    tables = [
        (INDICATORS, definition_rows(wanted["指标"])),
        (TARGETS, fact_rows(wanted["年度目标"])),
        (STANDARDS, fact_rows(wanted["省定标准"])),
    ]
    return write_workbook([(table, rows) for table, rows in tables if rows], years=range(2022, 2028))


def observations(wanted):
    lines = [f"{area},{code},{year},{value}" for (area, code, year), value in wanted.items()]
    return "\n".join(["area,indicator,year,value", *lines]).encode()


def stored():
    return stored_frame(Assessment.objects.all()).set_index(KEY).sort_index()[STORED_COLUMNS]


def turned(before, after):
    """The slow and obvious way: cell by cell."""
    return {
        Flip(*key, column, before.at[key, column], after.at[key, column])
        for key in before.index
        for column in JUDGED
        if before.at[key, column] != after.at[key, column]
    }


def carried_out(preview, at):
    """Whether it was: a random file may well be refused (a target outside the bounds), or change nothing."""
    if not preview.is_applicable:
        return False
    apply(preview, by=None, at=at)
    sweep_pending()
    return True


@few
@given(wanted=workbooks)
def test_the_flips_of_the_preview_are_those_that_happen(demo, wanted):
    with undone():
        preview = preview_plan(plan_workbook(wanted)) if any(wanted.values()) else None
        before = stored()
        if preview and carried_out(preview, FIRST):
            after = stored()
            assert set(preview.flips) == turned(before, after)
            assert len(preview.flips) == len(set(preview.flips))
            assert preview.new_cells == len(after) - len(before)
        else:
            assert not preview or not preview.flips


@few
@given(wanted=values)
def test_the_flips_of_imported_values_are_those_that_happen(demo, wanted):
    with undone():
        preview, before = preview_observations(observations(wanted)), stored()
        if carried_out(preview, FIRST):
            assert set(preview.flips) == turned(before, stored())


@few
@given(sequence=st.lists(workbooks | values, min_size=1, max_size=5))
def test_every_moment_gives_the_assessments_that_were_stored_then(demo, sequence):
    with undone():
        seen = []
        for number, wanted in enumerate(sequence):
            at = FIRST + timedelta(days=number)
            is_plan = "指标" in wanted
            if is_plan and not any(wanted.values()):
                continue
            content = plan_workbook(wanted) if is_plan else observations(wanted)
            carried_out((preview_plan if is_plan else preview_observations)(content), at)
            seen.append((at, stored()))
        for at, then in seen:
            again = assessed_frame(as_of=at).set_index(KEY).sort_index()[STORED_COLUMNS]
            assert list(again.index) == list(then.index)
            assert not changed_rows(again, then).any()


def test_the_sample_is_of_the_catalogue(demo):
    assert set(CODES) <= set(IndicatorDefinition.objects.values_list("indicator", flat=True))
    assert set(COUNTIES) == set(Area.objects.counties().values_list("code", flat=True))
    assert {"越高越好", "越低越好"} <= set(DIRECTIONS)
    assert {"年度水平", "累计"} <= set(KINDS)
