"""Events of a project in the words of its page."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from areas.models import Area
from lib.numbers import plain
from plan.models import Field
from projects.models import ProgressReport, Project, ProjectAmount, ProjectEvent

OF_KIND: dict[str, type[models.Model]] = {
    ProjectEvent.Kind.AMOUNT: ProjectAmount,
    ProjectEvent.Kind.PROGRESS: ProgressReport,
}
NAMING_COUNTIES = ("shares", "contributions")
YES_NO = {"True": _("是"), "False": _("否")}


@dataclass(frozen=True)
class EventLine:
    """`pairs`: (label, old, new) of what differs; of the first entry only what was filled in."""

    event: ProjectEvent
    pairs: list[tuple[str, str, str]]


def event_lines(events: Iterable[ProjectEvent]) -> Iterator[EventLine]:
    """The newest first; two queries for the names of units and fields."""
    names_of = {
        "organisation": {str(pk): name for pk, name in Organisation.objects.values_list("pk", "name")},
        "field": dict(Field.objects.values_list("code", "name")),
        "main_area": dict(Area.objects.values_list("code", "name")),
    }
    for event in sorted(events, key=lambda each: -each.pk):
        model = OF_KIND.get(event.kind, Project)
        old, new = event.old or {}, event.new or {}
        pairs = []
        for name, now in new.items():
            before = old.get(name, "")
            if now != before:
                words = (_word(model, name, before, names_of), _word(model, name, now, names_of))
                pairs.append((_label(model, name), *words))
        yield EventLine(event, pairs)


def _label(model, name) -> str:
    column = _column(model, name) or _column(Project, name)
    if column is None:
        return str(_("季度")) if name == "quarter" else name
    return str(column.related_model._meta.verbose_name if column.auto_created else column.verbose_name)


def _word(model, name, text, names_of) -> str:
    if name in names_of:
        return names_of[name].get(text, text) or "–"
    if name in NAMING_COUNTIES:
        counties = names_of["main_area"]
        text = re.sub(r"\b\d{6}\b", lambda code: counties.get(code[0], code[0]), text)
        if name == "shares":
            text = re.sub(r" ([01](\.\d+)?)(?=；|$)", _percent, text)
        return text or "–"
    column = _column(model, name) or _column(Project, name)
    choices: Mapping = dict(getattr(column, "choices", None) or {})
    if text in choices:
        return str(choices[text])
    return str(YES_NO.get(text, text)) or "–"


def _percent(share: re.Match) -> str:
    return f" {plain(100 * Decimal(share[1]))}%"


def _column(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
