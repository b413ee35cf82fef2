"""What was promised first and what is promised now; and how a definition came to be what it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.utils import timezone

from figures.words.journal_words import Pair, Wording
from indicators.definitions.actions import DEFINITION_FIELDS
from indicators.models import Fact, IndicatorDefinition, Observation


@dataclass(frozen=True)
class Adjusted:
    """A target or standard whose number is not the first one: `now` is None where it was withdrawn."""

    original: Fact
    last: Fact
    now: Fact | None
    times: int


def adjusted(revisions: Iterable[Fact], as_of: datetime | None = None) -> list[Adjusted]:
    """Original and present number side by side, by county and year. A demonstration's number was no promise: it
    counts as original only where nothing else came after it."""
    moment = as_of or timezone.now()
    series: dict[tuple, list[Fact]] = {}
    for fact in sorted(revisions, key=lambda fact: fact.version):
        if not isinstance(fact, Observation):
            key = (fact.area.position, fact.area_id, type(fact).__name__, fact.year)
            series.setdefault(key, []).append(fact)
    found = []
    for _, versions in sorted(series.items()):
        real = [fact for fact in versions if not fact.is_demo] or versions
        numbers = [fact.value for fact in real]
        times = sum(before != after for before, after in pairwise(numbers))
        last = real[-1]
        is_over = last.superseded_at is not None and last.superseded_at <= moment
        if times or (is_over and not last.is_demo):
            found.append(Adjusted(real[0], last, None if is_over else last, times))
    return [row for row in found if row.now is None or row.original.value != row.now.value or row.times > 1]


@dataclass(frozen=True)
class Redefined:
    definition: IndicatorDefinition
    pairs: list[Pair]


def redefined(indicator: str, definitions: list[IndicatorDefinition], as_of: datetime | None = None) -> list[Redefined]:
    """Every version of a definition but the first, with what it changed, the latest first. One query."""
    rows = IndicatorDefinition.objects.filter(indicator=indicator).select_related("recorded_by", "document")
    if as_of is not None:
        rows = rows.filter(recorded_at__lte=as_of)
    versions = list(rows.order_by("version"))
    wording, label = Wording(definitions), IndicatorDefinition._meta.label_lower
    found = []
    for old, new in pairwise(versions):
        before, after = {}, {}
        for name in DEFINITION_FIELDS:
            was, now = getattr(old, name), getattr(new, name)
            if was != now:
                key = name.removesuffix("_id")
                before[key], after[key] = str(was), str(now)
        found.append(Redefined(new, wording.pairs(label, before, after, indicator)))
    return found[::-1]
