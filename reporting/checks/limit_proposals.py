"""Limits of the checks, proposed from history and decided by the city: how large a yearly change needs no words."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from indicators.models import IndicatorDefinition, Observation
from journal.actions import log_audit
from lib.refusals import Invalid, NotAllowed
from reporting.models import CheckLimit
from reporting.rules.actions import EDITORS

FEWEST = 6  # pooled changes, below which nothing is proposed; the page says how many there are
SHARE = 0.95  # of the pooled yearly changes that the proposed limit lets pass


@dataclass(frozen=True)
class LimitProposal:
    """Of one row: the limit in force (None: three times what the targets plan), the one proposed from the pooled
    yearly changes of all counties (None: too few are known), and how many of `changes` each would ask about."""

    definition: IndicatorDefinition
    limit: Decimal | None
    proposed: Decimal | None
    changes: int
    asks_now: int | None
    asks_then: int | None

    @property
    def is_new(self) -> bool:
        return self.proposed is not None and self.proposed != self.limit


def limit_proposals() -> list[LimitProposal]:
    """Every row, in the order of the catalogue. Three queries."""
    limits = dict(CheckLimit.objects.values_list("indicator", "max_yearly_change"))
    changes = _changes()
    found = []
    for definition in IndicatorDefinition.objects.as_of().order_by("indicator__position", "indicator"):
        code = definition.indicator_id
        own, limit = changes.get(code, []), limits.get(code)
        proposed = proposed_limit(own, definition.decimals)
        asks = (_beyond(own, limit), _beyond(own, proposed))
        found.append(LimitProposal(definition, limit, proposed, len(own), *asks))
    return found


def _beyond(changes: list[Decimal], limit: Decimal | None) -> int | None:
    """How many of the changes a limit would ask about."""
    return None if limit is None else sum(change > limit for change in changes)


def proposed_limit(changes: list[Decimal], decimals: int) -> Decimal | None:
    """The smallest limit, to the places that the row is shown with, that lets SHARE of the changes pass; None where too
    few are known."""
    if len(changes) < FEWEST:
        return None
    step = Decimal(1).scaleb(-decimals)
    usual = sorted(changes)[math.ceil(SHARE * len(changes)) - 1]
    return max(usual.quantize(step, ROUND_CEILING), step)


def _changes() -> dict[str, list[Decimal]]:
    """By indicator, the changes of all counties from one year to the next, without sign; demonstration with the rest
    where there is nothing else."""
    rows = Observation.objects.as_of().order_by("indicator", "area", "year")
    found: dict[str, list[Decimal]] = {}
    before: tuple | None = None
    for *key, year, value in rows.values_list("indicator", "area", "year", "value"):
        if before is not None and before[:2] == (tuple(key), year - 1):
            found.setdefault(key[0], []).append(abs(value - before[2]))
        before = (tuple(key), year, value)
    return found


@transaction.atomic
def set_check_limits(limits: Mapping[str, Decimal], *, by: User, reason: str) -> list[str]:
    """Put these limits in force; the codes that changed. `NotAllowed` for whom it is not to decide, `Invalid` for a
    limit that is not above zero, or without a reason."""
    if by.role not in EDITORS:
        raise NotAllowed(_("核实限值由市发改委决定。"))
    if not reason.strip():
        raise Invalid(_("请写明理由。"))
    audit = list(_set(limits))
    if audit:
        log_audit(action="set_limit", subject="reporting.checklimit", rows=audit, by=by, reason=reason.strip())
    return [row["indicator"] for row in audit]


def _set(limits: Mapping[str, Decimal]) -> Iterator[dict]:
    present = {row.indicator_id: row for row in CheckLimit.objects.select_for_update()}
    known = set(IndicatorDefinition.objects.as_of().values_list("indicator", flat=True))
    for code, limit in limits.items():
        if code not in known or limit <= 0:
            raise Invalid(_("{code}：限值应大于 0。").format(code=code), indicator=code)
        old = present[code].max_yearly_change if code in present else None
        if old == limit:
            continue
        CheckLimit.objects.update_or_create(indicator_id=code, defaults={"max_yearly_change": limit})
        before = {"max_yearly_change": str(old)} if old is not None else None
        yield {"key": code, "indicator": code, "old": before, "new": {"max_yearly_change": str(limit)}}
