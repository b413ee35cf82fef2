"""What stands behind the year's figures, frozen for a report: projects, money, promises, as on the snapshot's day.
Money in 万元 where the name says `wan`, projects in 亿元; absent numbers are None."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from commitments.frames import PromiseLine, PromiseStanding, standings
from figures.picture import Picture
from funding.frames import cells_by, matching_flows, rules
from funding.matching import match
from funding.models import State
from lib.numbers import named_rows, records
from projects.frames import completion_by
from projects.listing import Register
from projects.models import BILLION, Project

LARGEST_FIRST = (F("total_yi").desc(nulls_last=True), "code")


def freeze_backing(picture: Picture, user: User) -> dict:
    """`projects`, `funding`, `commitments` of the snapshot."""
    on = timezone.localdate()
    return {
        "projects": {"counters": _counters(user), "listed": list(_projects(user, on))},
        "funding": _funding(picture, on),
        "commitments": [_commitment(row) for row in standings(on, user=user)],
    }


def _counters(user: User) -> list[dict]:
    register = Register(user, QueryDict())
    names = ("name", "done", "promised", "expected", "is_ahead")
    counters = []
    for row in register.counters:
        told = {name: getattr(row, name) for name in names}
        counters.append({**told, "is_demo": register.has_demo_landed})
    return counters


def _projects(user: User, on: date) -> Iterator[dict]:
    """The largest (10亿元 or more) and every stalled one, the largest first."""
    rows = Project.objects.visible_to(user).exclude(state=Project.State.CANCELLED)
    rows = rows.filter(Q(total_yi__gte=BILLION) | Q(state=Project.State.STALLED))
    stand = completion_by(rows, on)
    for project in rows.select_related("main_area", "organisation").order_by(*LARGEST_FIRST):
        planned, completed = stand.get(project.pk, (None, None))
        yield {
            "code": project.code,
            "name": project.name,
            "area": project.main_area_id,
            "place": project.main_area.name if project.main_area else "",
            "unit": project.organisation.name if project.organisation else "",
            "state": project.get_state_display(),
            "is_major": (project.total_yi or 0) >= BILLION,
            "is_stalled": project.state == Project.State.STALLED,
            "total_yi": float(project.total_yi) if project.total_yi is not None else None,
            "planned_yi": planned,
            "completed_yi": completed,
            "is_demo": project.is_demo,
        }


def _funding(picture: Picture, on: date) -> dict:
    """Of every county: what the report's year holds by state, and the match of each year up to it."""
    areas = [area.code for area in picture.counties]
    years = list(range(picture.plan.baseline_year + 1, picture.year + 1))
    cells = cells_by(on, None, on)
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    demo = set()
    for row in named_rows(cells):
        if row.year == picture.year:
            sums[row.area, row.state] += row.amount
        if row.demo:
            demo.add((row.area, row.year))
    by_state = []
    for area in areas:
        own = {state: round(sums[area, state], 6) for state in State.values}
        by_state.append({"area": area, **own})
    names = ("area", "year", "base", "matched", "ratio", "floor", "owed", "status")
    matching = []
    for row in records(match(matching_flows(cells), rules(), areas=areas, years=years)):
        own = {name: row[name] for name in names}
        matching.append({**own, "is_demo": (row["area"], row["year"]) in demo})
    return {"by_state_wan": by_state, "matching_wan": matching}


def _commitment(row: PromiseStanding) -> dict:
    promise = row.commitment
    return {
        "code": promise.code,
        "name": promise.name,
        "unit": promise.unit,
        "words": promise.words,
        "promised": float(promise.value) if promise.value is not None else None,
        "comparison": promise.comparison,
        "is_strict": promise.comparison == promise.Comparison.MORE,  # for readers of the snapshot's first form
        "is_every_year": promise.is_every_year,
        "scope": promise.get_scope_display(),
        "is_our_reading": promise.is_our_reading,
        "status": row.status,
        "is_demo": row.is_demo,
        "lines": [_promise_line(line) for line in row.lines],
    }


def _promise_line(line: PromiseLine) -> dict:
    return {
        "area": line.area,
        "year": line.year,
        "done": line.progress.done,
        "expected": line.progress.expected,
        "status": line.progress.status,
        "is_demo": line.is_demo,
    }


def moved_backing(old: dict, new: dict) -> Iterator[tuple[str, str, object, object]]:
    """What differs behind the figures: (kind, what, old, new), in order; nothing for snapshots of old rules."""
    if "projects" not in old:
        return
    for kind, key, column, before, after in (
        ("counter", "name", "done", old["projects"]["counters"], new["projects"]["counters"]),
        ("project", "name", "state", old["projects"]["listed"], new["projects"]["listed"]),
        ("commitment", "name", "status", old["commitments"], new["commitments"]),
    ):
        was = {row[key]: row[column] for row in before}
        now = {row[key]: row[column] for row in after}
        for name in {**was, **now}:
            if was.get(name) != now.get(name):
                yield kind, name, was.get(name), now.get(name)
    yield from _moved_match(old["funding"]["matching_wan"], new["funding"]["matching_wan"])


def _moved_match(before: list[dict], after: list[dict]) -> Iterator[tuple]:
    was = {(row["area"], row["year"]): row["owed"] for row in before}
    now = {(row["area"], row["year"]): row["owed"] for row in after}
    for area, year in {**was, **now}:
        old, new = was.get((area, year)), now.get((area, year))
        if old != new:
            yield "match", f"{area}/{year}", old, new
