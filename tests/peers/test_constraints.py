"""The database itself refuses what no action would write."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from peers.models import ReferenceSeries, ReferenceSource
from tests.constraints import assert_refused, named_constraints

pytestmark = pytest.mark.usefixtures("plan")


def a_source(**more) -> ReferenceSource:
    known = {"title": "某省", "publisher": "某省统计局", "licence": "公开", "file_name": "p.csv", "sha256": "x"}
    known |= {"areas": 1, "indicators": 1, "values_count": 1, "first_year": 2010, "last_year": 2011}
    known |= {"recorded_at": timezone.now(), "recorded_via": "page"}
    return ReferenceSource.objects.create(**known | more)


def a_series(source: ReferenceSource, **more) -> ReferenceSeries:
    return ReferenceSeries.objects.create(source=source, area="甲县", name="x", values={"2010": "1"}, **more)


def twice_in_a_source() -> None:
    source = a_source()
    a_series(source)
    a_series(source, unit="%")


ATTEMPTS: dict[str, Callable[[], object]] = {
    "reference_title_is_once_in_force": lambda: [a_source() for _ in range(2)],
    "reference_withdrawn_says_why": lambda: a_source(withdrawn_at=timezone.now()),
    "reference_names_its_source": lambda: a_source(publisher=""),
    "reference_years_in_order": lambda: a_source(first_year=2012),
    "reference_demo_says_so": lambda: a_source(is_demo=True),
    "reference_series_is_once_in_a_source": twice_in_a_source,
    "reference_direction_is_known_or_not": lambda: a_series(a_source(), direction=2),
}


def test_every_named_constraint_is_tried():
    assert set(ATTEMPTS) == set(named_constraints("peers"))


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_the_database_refuses(name):
    assert_refused(named_constraints("peers")[name], ATTEMPTS[name])


def test_a_title_may_come_back_after_a_withdrawal():
    a_source(withdrawn_at=timezone.now(), withdrawn_reason="新版本")
    a_source()
    assert ReferenceSource.objects.in_force().count() == 1
