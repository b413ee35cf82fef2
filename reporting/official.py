"""The official values that a sheet's entries stand beside: in force by an earlier approval or by an import."""

from collections.abc import Sequence

from indicators.models import Observation
from reporting.models import Entry


def official_facts(area: str, years: Sequence[int]) -> dict[tuple[str, int], Observation]:
    """The official values in force of a county, by (indicator, year)."""
    rows = Observation.objects.as_of().filter(area=area, year__in=years)
    return {(row.indicator_id, row.year): row for row in rows}


def facts_of_year(submission) -> dict[str, Observation]:
    """The official values in force of the county's year, by indicator."""
    facts = official_facts(submission.area_id, [submission.round.year])
    return {code: fact for (code, _year), fact in facts.items()}


def is_conflict(entry: Entry, official: Observation | None) -> bool:
    """An import (never an approval, which is this sheet's own) put another value since the clerk last saved."""
    if official is None or official.recorded_via != Observation.Via.IMPORT:
        return False
    return official.version != entry.official_version and official.value != entry.value


def is_blocking(entry: Entry, official: Observation | None) -> bool:
    """Whether an import must be looked at by the county before anything else; of a derived row the register settles
    it."""
    return is_conflict(entry, official) and not entry.is_derived


def conflicting_entries(submission, entries: Sequence[Entry]) -> list[Entry]:
    """Those of `entries` under which an import has put another value that the county has not looked at."""
    facts = facts_of_year(submission)
    return [entry for entry in entries if is_blocking(entry, facts.get(entry.indicator_id))]
