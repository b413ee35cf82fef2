"""Original and adjusted target side by side, and the history of a definition."""

from datetime import UTC, datetime
from decimal import Decimal

from figures.targets.adjustments import adjusted
from indicators.actions import FactRow, Grounds, record_facts
from indicators.definitions.actions import DEFINITION_FIELDS, define_indicators
from indicators.models import IndicatorDefinition, Target, Versioned
from plan.actions import find_or_record_document
from tests.folding import folded

KEY = ("330122", "P01", 2027)


def retarget(value, at, **more):
    value = None if value is None else Decimal(value)
    record_facts(Target, [FactRow(*KEY, value)], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, at=at, **more))


def rows(as_of=None):
    found = Target.objects.filter(area=KEY[0], indicator=KEY[1], year=KEY[2]).select_related("area")
    found = found.filter(recorded_at__lte=as_of) if as_of else found
    return [(r.original.value, r.now and r.now.value, r.times) for r in adjusted(found, as_of)]


def test_original_and_present_number_side_by_side(demo):
    assert rows() == []
    retarget(75, datetime(2030, 1, 1, tzinfo=UTC))
    assert rows(datetime(2030, 6, 1, tzinfo=UTC)) == [(70, 75, 1)]
    retarget(72, datetime(2031, 1, 1, tzinfo=UTC))
    assert rows(datetime(2031, 6, 1, tzinfo=UTC)) == [(70, 72, 2)]
    retarget(None, datetime(2032, 1, 1, tzinfo=UTC))
    assert rows(datetime(2032, 6, 1, tzinfo=UTC)) == [(70, None, 2)]
    assert rows(datetime(2030, 6, 1, tzinfo=UTC)) == [(70, 75, 1)], "the past stays as it was"
    assert rows(datetime(2029, 6, 1, tzinfo=UTC)) == []


def test_an_invented_number_is_no_promise(demo):
    old = Target.objects.as_of().filter(is_demo=True).first()
    row = FactRow(old.area_id, old.indicator_id, old.year, old.value + 1)
    record_facts(Target, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT))
    found = Target.objects.filter(area=old.area_id, indicator=old.indicator_id, year=old.year).select_related("area")
    assert adjusted(found) == []


def test_the_page_shows_both(clients):
    document = find_or_record_document(title="杭发改〔2026〕9号")
    now = datetime.now(UTC)
    retarget(75, now, document=document, reason="中期评估")
    old = IndicatorDefinition.objects.as_of().get(indicator="P01")
    row = {name: getattr(old, name) for name in DEFINITION_FIELDS} | {"code": "P01", "position": 0}
    grounds = Grounds(by=None, via=Versioned.Via.IMPORT, at=now, reason="容差核定")
    define_indicators([row | {"tolerance": Decimal(1)}], grounds=grounds)
    page = folded(clients["leader"].get("/indicators/P01/").content.decode())
    assert "<td>70.0</td><td><b>75.0</b></td>" in page
    assert "杭发改〔2026〕9号 中期评估" in page
    assert '<li>容差 <span class="old">2</span> → <b>1</b></li>' in page
    assert "容差核定" in page
    before = clients["leader"].get("/indicators/P01/?as_of=2025-01-01").content.decode()
    assert 'id="adjusted"' not in before
    assert 'id="redefined"' not in before
