"""A project's form as its page shows it: the columns, rows to fill, the state where a date speaks of another one."""

from collections.abc import Iterable
from datetime import date

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from lib.partial_dates import last_day
from lib.web.choices import offer
from projects.changes.parts import Parts
from projects.editing.forms import ProjectForm
from projects.editing.row_forms import KINDS, ContributionRows, Rows, ShareRows, rearranged, row_groups, rows_of
from projects.models import Project

Basis = Project.LandingBasis
SPEAKING = ("starts", "completed", "landing_basis")  # columns that say in which state a project is


class ProjectPageForm(ProjectForm):
    """Bound to what was sent, except where a button asked for one row more or fewer: then all that was typed stands in
    it, and nothing is found fault with."""

    state_now = forms.ChoiceField(label=_("项目状态"), required=False, choices=Project.State.choices)

    def __init__(self, data: QueryDict | None, *, user: User, counties: Iterable[Area], project: Project | None = None):
        self.project = project
        known = self.known(project) if project else {"shares": _own_share(user)}
        rows = rearranged(data) if data else None
        if data and rows is not None:
            initial: dict = {**known, **data.dict(), **rows, "is_industrial": "is_industrial" in data}
            data = None
        else:
            initial = known
        super().__init__(data, initial=initial, user=user, counties=counties)
        for name in KINDS:
            del self.fields[name]
        self.groups: dict[str, Rows] = row_groups(data, initial, counties)
        if data is None:
            del self.fields["state_now"]  # asked only where a date speaks of another state

    @staticmethod
    def known(project: Project) -> dict:
        """What stands in the form when a project is opened."""
        return ProjectForm.of(project) | rows_of(project)

    def is_valid(self) -> bool:
        if not self.is_bound:
            return False
        is_right = super().is_valid()  # looks at the rows, too, by `clean`
        return is_right and not any(group.is_at_fault for group in self.groups.values())

    @property
    def is_refused(self) -> bool:
        return self.is_bound and not self.is_valid()

    def clean(self):
        given = super().clean() or {}
        shares, served = self.groups["shares"], self.groups["contributions"]
        if isinstance(shares, ShareRows) and isinstance(served, ContributionRows) and shares.is_valid():
            served.refuse_other_areas(shares.values)
        self._ask_for_state(given)
        return given

    def _ask_for_state(self, given: dict) -> None:
        now = Project.State(self.project.state) if self.project else Project.State.PLANNED
        meant = state_meant(given, timezone.localdate())
        has_moved = not self.project or any(given.get(name) != getattr(self.project, name) for name in SPEAKING)
        if meant is None or not has_moved or not _is_news(now, meant):
            del self.fields["state_now"]
            given.pop("state_now", None)
            return
        choices = [(state.value, state.label) for state in (meant, now)]
        offer(self, "state_now", [("", _("（请选择）")), *choices])
        if given.get("state_now") not in (meant, now):
            words = _("日期表明项目已是“{meant}”，登记的状态是“{now}”。请选择现在的状态。")
            self.add_error("state_now", words.format(meant=meant.label, now=now.label))

    @property
    def state(self) -> str:
        """The state that was chosen; empty where none was asked for."""
        return self.cleaned_data.get("state_now", "")

    @property
    def values(self) -> dict:
        return {name: value for name, value in super().values.items() if name != "state_now"}

    @property
    def parts(self) -> Parts:
        return Parts(**{name: group.values for name, group in self.groups.items()})  # type: ignore[attr-defined]


def state_meant(given: dict, today: date) -> Project.State | None:
    """The state of which the dates speak: completed, or started on a day that has gone by; None where they say
    nothing."""
    completed = last_day(given.get("completed") or "")
    if completed and completed <= today:
        return Project.State.COMPLETED
    starts = last_day(given.get("starts") or "")
    if starts and starts <= today:
        return Project.State.STARTED
    is_at_work = given.get("landing_basis") in (Basis.STARTED, Basis.OPERATING)
    return Project.State.STARTED if is_at_work and given.get("landed_on") else None


def _is_news(now: Project.State, meant: Project.State) -> bool:
    """A project that has started may stall or be cancelled: only a planned one is asked whether it has started."""
    if meant == Project.State.STARTED:
        return now == Project.State.PLANNED
    return now != meant


def _own_share(user: User) -> list[dict]:
    """A county's own user enters what lies in that county alone, as long as nothing else is typed."""
    if user.own_area_code is None:
        return []
    return [{"area": user.own_area_code, "percent": "100"}]
