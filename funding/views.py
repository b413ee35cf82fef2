"""Pages of money: the year, its flows, one flow with its corrections, the matching rule."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from funding import charts, frames, tiles
from funding.actions import FlowError, correct_flow, record_flows
from funding.forms import CorrectionForm, FlowForm, RuleForm
from funding.labels import LEVEL_NAMES, STATUS_NAMES
from funding.ledger import FILTERS, Ledger
from funding.models import Flow, FundingSource, MatchingRule, State
from funding.rule_actions import RuleTerms, check_rule, define_rule
from funding.rule_words import in_force
from journal.once import carried_out_once
from lib.numbers import named_rows
from lib.web import filters
from plan.terms import term

LIST_FILTERS = (*FILTERS, "project", "kind", "page")
LISTED_LEAVES = 60


def funding(request):
    """A year's money in a sentence; matching; the way of the money; every state by year; do the totals agree."""
    ledger = Ledger(request.GET, request.user)
    matches = tiles.matches(ledger)
    promises = tiles.promises(ledger)
    context = {
        "picture": ledger,
        "promises": promises,
        "promised": sum(promise.promised for promise in promises),
        "arrived": sum(promise.arrived for promise in promises),
        "matches": matches,
        "lacking": [match for match in matches if match.lacks],
        "met": [match for match in matches if match.row["status"] == "met"],
        "ahead": [match for match in matches if match.row["is_ahead"]],
        "status_names": STATUS_NAMES,
        "crosstab": tiles.crosstab(ledger),
        "checks": [(LEVEL_NAMES[check.level], check) for check in ledger.checks],
        "leaves": _named_leaves(ledger)[:LISTED_LEAVES],
        "states": State.choices,
        "by_state": _state_rows(ledger),
        "history": _history(ledger),
        "owed_in_all": tiles.owed_in_all(ledger),
        "matched_counties": list(dict.fromkeys(ledger.area_names[row["area"]] for row in ledger.matching_rows)),
        "figures": _figures(ledger),
        "may_record": FundingSource.objects.recordable_by(request.user).exists(),
        "rule": _rule_of_the_year(ledger),
    }
    return render(request, "funding/funding.html", context)


def _rule_of_the_year(ledger: Ledger) -> MatchingRule | None:
    if ledger.rule is None:
        return None
    return MatchingRule.objects.as_of(ledger.asked.as_of).filter(version=ledger.rule.version).first()


def flows(request):
    """The rows behind every total, filtered, the latest first; corrections beside what they correct."""
    ledger = Ledger(request.GET, request.user, known=LIST_FILTERS)
    rows = listed_flows(ledger, request.GET)
    page = filters.page_of(rows, request.GET)
    now = frames.current_amounts(page.object_list)
    context = {
        "picture": ledger,
        "page": page,
        "rows": [(flow, now[flow.corrects_id or flow.pk]) for flow in page.object_list],
        "states": State.choices,
        "kinds": Flow.Kind.choices,
        "may_record": FundingSource.objects.recordable_by(request.user).exists(),
    }
    return render(request, "funding/flows.html", context)


@carried_out_once
def flow(request, pk):
    """One flow with everything that corrected it; for who records it, a form to correct it."""
    rows = Flow.objects.visible_to(request.user).select_related("area", "source", "project", "field", "recorded_by")
    found = get_object_or_404(rows.prefetch_related(Prefetch("corrections", rows.order_by("recorded_at"))), pk=pk)
    if found.corrects_id:
        return redirect("flow", pk=found.corrects_id)
    may_correct = Flow.objects.editable_by(request.user).filter(pk=pk).exists()
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and not may_correct:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid() and _tried(form, correct_flow, found, request.user):
        messages.success(request, _("已更正；原来的记录保留在下面。"))
        return redirect("flow", pk=pk)
    now = frames.current_amounts([found])[found.pk]
    context = {
        "flow": found,
        "now": now,
        "form": form,
        "may_correct": may_correct,
        "is_elsewhere": bool(now) and _is_elsewhere(found),
        "today": timezone.localdate(),
    }
    return render(request, "funding/flow.html", context, status=400 if form.errors else 200)


def _is_elsewhere(flow: Flow) -> bool:
    """Whether its project has no part in the county that the money is booked for."""
    return flow.project is not None and not flow.project.shares.filter(area=flow.area_id).exists()


@carried_out_once
def new_flow(request):
    """Enter one amount; what was typed stays where it is refused."""
    if not FundingSource.objects.recordable_by(request.user).exists():
        raise PermissionDenied
    names = ("area", "year", "source", "state", "project")
    initial = {name: request.GET[name] for name in names if request.GET.get(name)}
    form = FlowForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            [made] = record_flows([form.row()], by=request.user)
        except FlowError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已登记。"))
            return redirect("flow", pk=made.pk)
    return render(request, "funding/new_flow.html", {"form": form}, status=400 if form.errors else 200)


@carried_out_once
def rule(request):
    """The matching rule in force, all its versions, the plan's ambiguities; for the city, a form for a new one."""
    ledger = Ledger(request.GET, request.user, known=("as_of", "year"))
    versions = MatchingRule.objects.visible_to(request.user).select_related("match_source")
    versions = list(versions.prefetch_related("base_sources", "exemptions__area"))
    if ledger.asked.as_of:
        versions = [row for row in versions if row.recorded_at <= ledger.asked.as_of]
    numbers = [row.version for row in ledger.rules_in_force]
    may_edit = request.user.role in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}
    present = next((row for row in versions if row.version in numbers[-1:]), None)
    form = RuleForm(request.POST or None, rule=present)
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    effect = None
    if request.method == "POST" and form.is_valid():
        terms, reason = form.terms(), form.cleaned_data["reason"]
        try:
            if "preview" in request.POST:
                check_rule(terms, reason, request.user)
                effect = _effect(ledger, terms)
            else:
                define_rule(terms, reason=reason, by=request.user)
        except FlowError as error:
            form.add_error(None, str(error))
        else:
            if effect is None:
                messages.success(request, _("新规则已生效；旧版本保留在下面。"))
                return redirect("matching_rule")
    context = {
        "picture": ledger,
        "versions": versions,
        "heading": in_force([row for row in reversed(versions) if row.version in numbers]),
        "numbers": numbers,
        "form": form,
        "effect": effect,
        "may_edit": may_edit,
    }
    return render(request, "funding/rule.html", context, status=400 if form.errors else 200)


def _effect(ledger: Ledger, terms: RuleTerms) -> list[tuple]:
    """(county, year, conclusion and 万元 owed now, the same after saving) of each that the terms would turn."""
    found = []
    for old, new in ledger.turned_by(terms.kernel_rule()):
        about = (ledger.area_names[old["area"]], old["year"])
        now = (STATUS_NAMES[old["status"]], old["owed"])
        then = (STATUS_NAMES[new["status"]], new["owed"])
        found.append((*about, *now, *then))
    return found


def listed_flows(ledger: Ledger, given):
    """The flows of the address. Unlike on the page, a year or a state narrows them only where it is given."""
    rows = ledger.rows.select_related("area", "source", "project", "field").order_by("-happened_on", "-id")
    if ledger.asked.year:
        rows = rows.filter(year=ledger.asked.year)
    if given.get("state"):
        rows = rows.filter(state=ledger.asked.state)
    kind = filters.one(given, "kind", dict(Flow.Kind.choices))
    if kind:
        rows = rows.filter(kind=kind)
    code = given.get("project", "")
    if code == "none":
        return rows.filter(project__isnull=True)
    if not code:
        return rows
    if not rows.model.project.field.related_model.objects.filter(code=code).exists():
        raise Http404(_("没有编号为“{code}”的项目。").format(code=code))
    return rows.filter(project__code=code)


def _tried(form, action, found: Flow, user: User) -> bool:
    try:
        action(found, by=user, **form.cleaned_data)
    except FlowError as error:
        form.add_error(None, str(error))
    return not form.errors


def _figures(ledger: Ledger) -> dict[str, dict]:
    names = {match.row["area"]: match.name for match in tiles.matches(ledger)}
    floors = {row["year"]: row["floor"] for row in ledger.matching_rows if row["floor"] is not None}
    empty = _("没有登记资金")
    return {
        "paths": charts.money_paths(ledger.leaves, ledger.names, empty=empty, unit=term("亿元")),
        "states": charts.state_bars(
            ledger.by_state,
            ledger.years[1:],
            {code: str(name) for code, name in State.choices},
            empty=empty,
            unit=term("亿元"),
        ),
        "ratios": charts.ratio_paths(
            ledger.matching_rows, floors, names, words={"floor": str(_("最低配套比例")), "empty": str(empty)}
        ),
    }


def _named_leaves(ledger: Ledger) -> list[tuple]:
    """(source code, area code, project code or "none" or "", four names, 万元), the largest first."""
    codes = dict(zip(ledger.leading["project"].astype(str), ledger.leading["code"], strict=True))
    codes["none"] = "none"
    found = []
    for row in named_rows(ledger.leaves.sort_values("amount", ascending=False, kind="stable")):
        asked = (row.source, row.area, codes.get(row.project, ""))
        names = [ledger.names[level][getattr(row, level)] for level in ("source", "area", "field", "project")]
        found.append((asked, names, row.amount))
    return found


def _state_rows(ledger: Ledger) -> list[tuple]:
    """(year, [万元 of each state]) of every year."""
    sums = ledger.by_state
    found = []
    for place, year in enumerate(ledger.years[1:]):
        found.append((year, [sums[state][place] for state in State.values]))
    return found


def _history(ledger: Ledger) -> list[tuple]:
    """(year, [a county's matching, in the counties' order]) of every year."""
    return [(year, tiles.matches(ledger, year)) for year in ledger.years[1:]]
