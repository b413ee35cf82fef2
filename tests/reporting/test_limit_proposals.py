"""Limits that history proposes: recounted on what every county has reported, and decided by the city alone."""

from decimal import Decimal

import pytest

from accounts.models import User
from indicators.models import Observation
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed
from reporting.checks.limit_proposals import limit_proposals, proposed_limit, set_check_limits
from reporting.models import CheckLimit


@pytest.mark.parametrize(
    ("changes", "decimals", "told"),
    [
        ([Decimal(n) for n in range(1, 21)], 0, Decimal(19)),  # 19 of 20 are no larger
        ([Decimal("0.12")] * 8, 1, Decimal("0.2")),  # rounded up, so that what is usual passes
        ([Decimal(0)] * 9, 1, Decimal("0.1")),  # a limit is above zero
        ([Decimal(1)] * 5, 1, None),
    ],
)
def test_most_changes_pass_the_proposed_limit(changes, decimals, told):
    assert proposed_limit(changes, decimals) == told


def test_the_page_shows_what_was_counted_and_the_city_adopts_it(demo, login):
    client = login("municipal")
    rows = {row.definition.indicator_id: row for row in limit_proposals()}
    values = {(f.area_id, f.year): f.value for f in Observation.objects.as_of().filter(indicator="P13")}
    changes = [abs(v - values[area, year - 1]) for (area, year), v in values.items() if (area, year - 1) in values]
    p13 = rows["P13"]
    assert (p13.changes, p13.asks_then) == (len(changes), sum(change > p13.proposed for change in changes))
    assert client.post("/reporting/limits/", {"indicator": ["P13"], "reason": " "}).status_code == 400
    client.post("/reporting/limits/", {"indicator": ["P13"], "reason": "联席会议同意按历年变化设定"})
    assert CheckLimit.objects.get(indicator="P13").max_yearly_change == p13.proposed
    assert AuditEntry.objects.get(action="set_limit").new == {"max_yearly_change": str(p13.proposed)}
    assert login("leader").post("/reporting/limits/", {"indicator": ["P02"], "reason": "试试"}).status_code == 403


def test_nobody_else_decides(demo):
    by = User.objects.get(username="tonglu")
    with pytest.raises(NotAllowed):
        set_check_limits({"P13": Decimal(3)}, by=by, reason="县级自己放宽")
    with pytest.raises(Invalid):
        set_check_limits({"P13": Decimal(0)}, by=User.objects.get(username="municipal"), reason="归零试试")
