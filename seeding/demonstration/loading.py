"""The demonstration: invented data through the same actions as real data, deterministic, marked on every row.

Timeline, for a pretended today T: plan and targets in July 2023, each year's values in the March after it, a
revision and a retargeting in 2024; the round of the last year that is over and can be reported (`open_year`) opened 52
days before T and is due 9 days after it. What the files date by a day is as far before T as it was before FILES_DAY.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from access.actions import revoke_token
from accounts.actions import create_demo_user, remove_demo_users
from accounts.models import AccessToken, Organisation, User
from areas.models import Area
from commitments.actions import remove_demo_statements
from funding.actions import remove_demo_flows
from funding.models import Flow
from indicators.actions import FactRow, Grounds, compare, record_facts, withdraw_demo
from indicators.models import (
    Fact,
    IndicatorDefinition,
    Observation,
    QuarterlyFigure,
    ReportingYear,
    Standard,
    Target,
    Versioned,
)
from indicators.years.actions import approve_reporting_year, open_reporting_year
from indicators.years.quarters import QuarterRow, record_quarters
from lib.days import SHANGHAI
from matters.actions import remove_demo_matters
from matters.notes import remove_demo_notes
from peers.actions import remove_demo_reference
from plan.models import Cite, Plan
from plan.work import remove_demo_work
from projects.actions import remove_demo_projects
from reporting.rounds.actions import assign_responsibilities, remove_demo_round
from seeding.demonstration.funding import load_funding
from seeding.demonstration.matters import load_matters
from seeding.demonstration.peers import load_demo_peers
from seeding.demonstration.projects import load_demo_projects
from seeding.demonstration.round import load_round
from seeding.demonstration.work import load_statements, load_work
from seeding.plan_files.loading import load_plan
from seeding.setup.steps import make_administrator, people

LOGINS = {"330122": "tonglu", "330127": "chunan", "330182": "jiande"}
LAST_LOGIN = "administrator"
FIRST_OPEN_YEAR = 2025
FIRST_DAY = date(2023, 7, 3)
FILES_DAY = date(2026, 3, 22)  # the today of the days in fixtures/demo_work.yaml


def open_year(today: date, final_year: int) -> int:
    """The year whose round is open on that day: from March on the one before, else the one before that; no year after
    the plan's final one. ValueError before the first."""
    if today < date(FIRST_OPEN_YEAR + 1, 3, 1):
        raise ValueError(f"The demonstration needs a date from {FIRST_OPEN_YEAR + 1}-03-01 on, not {today}.")
    return min(today.year - (1 if today.month >= 3 else 2), final_year)


def read_demo(file: Path) -> dict:
    return yaml.safe_load(Path(file).read_text(encoding="utf-8"))


@transaction.atomic
def load_demo(*, today: date, password: str | None = None) -> str | None:
    """Fill what the plan leaves open; a second call adds nothing. Into an empty database the plan itself is
    loaded first, with the pretended date. Returns the logins' password where they were newly made."""
    open_year(today, today.year)  # before anything is written
    if not Plan.objects.exists():
        load_plan(settings.DEMO_PLAN_FILE, at=_moment(FIRST_DAY))
    opened = open_year(today, Plan.objects.get().final_year)
    data = _data_of(opened)
    counties = list(Area.objects.counties().filter(code__in=data["counties"]))
    _record_targets(data)
    for year in range(2022, opened):
        _open_year(year, counties, date(max(year + 1, 2023), 1, 15), date(year + 1, 3, 31))
    for county, year, approved_at in _approvals(data):
        _record_values(data, county, year, approved_at)
        _approve_year(county, year, approved_at)
    _record_revisions(data)
    chosen = _create_logins(password)
    assign_responsibilities(by=None)
    rows = {(row.area, row.indicator): row for row in _values(data) if row.year == opened}
    landed = {
        (row.area, row.year): int(row.value)
        for row in _values(data)
        if row.indicator == "H01" and row.value is not None
    }
    load_demo_projects(landed, today=today)
    load_round(year=opened, rows=rows, today=_moment(today))
    _record_quarters(data, today)
    funding = read_demo(settings.BASE_DIR / "fixtures" / "demo_funding.yaml")
    load_funding(funding, today=today)  # after the projects, which it names
    load_statements(today=today)
    by_days, by_years = today - FILES_DAY, opened - FIRST_OPEN_YEAR
    load_work(settings.BASE_DIR / "fixtures" / "demo_work.yaml", today=today, by_days=by_days, by_years=by_years)
    load_matters(today=today, year=opened)
    load_demo_peers(data["indicators"], at=_moment(today))
    return chosen


def _data_of(opened: int) -> dict:
    """What the demonstration's file says, with the year whose round is open."""
    return read_demo(settings.BASE_DIR / "fixtures" / "demo.yaml") | {"open_year": opened}


class Cleared(NamedTuple):
    """How much went; the password of the administrator that had to be made, "" where somebody can still log in."""

    facts: int
    accounts: int
    password: str


@transaction.atomic
def clear_demo() -> Cleared:
    """Withdraw the demonstration's facts, and delete its open round, its projects and its logins. A project that real
    money names stays, marked. Tokens that those logins made end with them. Where nobody could log in any more, an
    account LAST_LOGIN is made, an administrator."""
    facts, accounts = _clear()
    return Cleared(facts, accounts, _keep_a_login() if accounts else "")


@transaction.atomic
def renew_demo(*, today: date) -> int:
    """The demonstration as of another day, in place of the one that stands: that is cleared, what visitors typed into
    its round with it, and loaded anew. Official numbers that both hold stay, with their history, so that days of the
    past show what they showed. Its logins keep their passwords; the number of them. ValueError where there is none, or
    for a day that has none."""
    open_year(today, today.year)  # before anything is cleared
    hashes = dict(User.objects.filter(is_demo=True).values_list("username", "password"))
    if not hashes:
        raise ValueError("There is no demonstration here to renew; load_demo without --renew loads one.")
    _clear(_official_numbers(_data_of(open_year(today, Plan.objects.get().final_year))))
    load_demo(today=today)
    for username, password in hashes.items():
        User.objects.filter(username=username, is_demo=True).update(password=password)
    return len(hashes)


def _clear(kept: Mapping[type[Fact], list[FactRow]] | None = None) -> tuple[int, int]:
    """How many facts were withdrawn, all but those that say what `kept` says; how many logins deleted."""
    remove_demo_notes()
    remove_demo_matters()
    remove_demo_flows()
    remove_demo_reference()
    remove_demo_round()
    remove_demo_statements()
    remove_demo_work()
    named = Flow.objects.filter(project__is_demo=True).values_list("project", flat=True)  # by real money
    remove_demo_projects(kept=set(named))
    for token in AccessToken.objects.filter(created_by__is_demo=True, revoked_at=None):
        revoke_token(token=token, reason="演示账号已清除", by=None)
    return withdraw_demo(by=None, kept=kept), remove_demo_users()


def _keep_a_login() -> str:
    """The password of a new administrator where no person's account is left; else ""."""
    if people().filter(is_active=True).exists():
        return ""
    password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
    make_administrator(username=LAST_LOGIN, password=password)
    return password


def _moment(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)


def _grounds(day: datetime, reason: str) -> Grounds:
    return Grounds(by=None, via=Versioned.Via.DEMO, reason=reason, at=day)


def _approvals(data: Mapping) -> list[tuple[str, int, datetime]]:
    """(county, year, moment) in order of time; 2022 came with the plan."""
    rows = [(c, 2022, _moment(FIRST_DAY + timedelta(days=7))) for c in data["counties"]]
    for year in range(2023, data["open_year"]):
        for county, day in zip(data["counties"], data["approved"], strict=True):
            rows.append((county, year, _moment(date.fromisoformat(f"{year + 1}-{day}"))))
    return sorted(rows, key=lambda row: row[2])


def _open_year(year, counties, opened: date, due: date) -> None:
    """Only where no year stands: real ones come first, and a second run adds nothing."""
    known = set(ReportingYear.objects.filter(year=year).values_list("area", flat=True))
    fresh = [county for county in counties if county.code not in known]
    if fresh:
        open_reporting_year(year=year, areas=fresh, opened_at=_moment(opened), due_on=due, by=None, is_demo=True)


def _approve_year(county: str, year: int, at: datetime) -> None:
    if ReportingYear.objects.filter(area=county, year=year, is_demo=True, approved_at=None).exists():
        approve_reporting_year(area=Area.objects.get(code=county), year=year, approved_at=at, by=None)


def _record_targets(data) -> None:
    at = _moment(FIRST_DAY + timedelta(days=7))
    for model, rows in ((Target, _targets(data)), (Standard, _standards(data))):
        record_facts(model, _open_keys(model, rows), grounds=_grounds(at, "演示：年度目标和省定标准"))


def _record_values(data, county, year, at) -> None:
    rows = [row for row in _values(data) if row.area == county and row.year == year]
    record_facts(Observation, _open_keys(Observation, rows), grounds=_grounds(at, f"演示：{year}年度报送"))


def _record_revisions(data) -> None:
    plain = {Observation: _values(data), Target: _targets(data)}
    for model, facts, row in _revisions(data):
        _revise(model, facts, plain[model], row)


def _revisions(data) -> Iterator[tuple[type[Fact], list[FactRow], dict]]:
    """(series, what it is brought to, date and reason) of each later change that the file tells of."""
    for row in data["revisions"]:
        yield Observation, [_fact(row["area"], row["indicator"], row["year"], Decimal(str(row["value"])))], row
    for row in data["retargets"]:
        facts = [_fact(row["area"], row["indicator"], y, Decimal(str(v))) for y, v in row["years"].items()]
        yield Target, facts, row


def _revise(model, facts, plain, row) -> None:
    """Only over a number of the demonstration's own that is not revised yet."""
    before = {fact.key: fact for fact in plain}
    in_force = model.objects.as_of().filter(is_demo=True, indicator=row["indicator"], area=row["area"])
    standing = {(fact.area_id, fact.indicator_id, fact.year): fact for fact in in_force}
    unrevised = [fact for fact in facts if fact.key in standing.keys() & before.keys()]
    unrevised = [fact for fact in unrevised if compare(standing[fact.key], before[fact.key]) == "same"]
    record_facts(model, unrevised, grounds=_grounds(_moment(row["date"]), row["reason"]))


def _official_numbers(data) -> dict[type[Fact], list[FactRow]]:
    """What the demonstration says in the end, of the years before the one that is open."""
    values = [row for row in _values(data) if row.year < data["open_year"]]
    found: dict[type[Fact], list[FactRow]] = {Observation: values, Target: _targets(data), Standard: _standards(data)}
    for model, facts, _row in _revisions(data):
        revised = {fact.key for fact in facts}
        found[model] = [row for row in found[model] if row.key not in revised] + facts
    return found


def _open_keys(model, rows: list[FactRow]) -> list[FactRow]:
    """Leaves out every key that has a fact in force: real ones come first, and a second run adds nothing."""
    taken = set(model.objects.as_of().values_list("area_id", "indicator_id", "year"))
    return [row for row in rows if row.key not in taken]


def _fact(area, indicator, year, value) -> FactRow:
    return FactRow(area, indicator, year, value, cite=Cite.DEMO, note="演示数据")


def _each_series(data) -> Iterator[tuple[str, str, int, dict, IndicatorDefinition]]:
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    for code, row in data["indicators"].items():
        for place, county in enumerate(data["counties"]):
            if code in definitions:
                yield code, county, place, row, definitions[code]


def _line(start, end, share: float, decimals: int) -> Decimal:
    exact = Decimal(str(start)) + (Decimal(str(end)) - Decimal(str(start))) * Decimal(str(share))
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _targets(data) -> list[FactRow]:
    rows = []
    for code, county, place, row, definition in _each_series(data):
        own = row.get("targets", {}).get(county, {})
        for year in range(2023, 2028):
            line = _line(row["base"][place], row["final"][place], (year - 2022) / 5, definition.decimals)
            rows.append(_fact(county, code, year, Decimal(str(own[year])) if year in own else line))
    return rows


def _standards(data) -> list[FactRow]:
    facts = []
    for code, county, _place, row, definition in _each_series(data):
        if "standard" not in row:
            continue
        first, last = row["standard"]
        for year in range(2023, 2028):
            value = _line(first, last, (year - 2023) / 4, definition.decimals)
            facts.append(_fact(county, code, year, value))
    return facts


def _record_quarters(data, today: date) -> None:
    """Of the open year, where no quarter of it stands."""
    if QuarterlyFigure.objects.filter(is_demo=True).exists():
        return
    gone_on = _since_files(data)
    rows = []
    for code, by_county in data["quarters"].items():
        for county, values in by_county.items():
            more = gone_on.get((county, code), 0)
            for quarter, value in enumerate(values, start=1):
                rows.append(QuarterRow(county, code, data["open_year"], quarter, Decimal(str(value)) + more))
    known = set(IndicatorDefinition.objects.as_of().filter(is_quarterly=True).values_list("indicator", flat=True))
    record_quarters([row for row in rows if row.indicator in known], by=None, at=_moment(today), is_demo=True)


def _since_files(data) -> dict[tuple[str, str], Decimal]:
    """How much further a value is in the open year than in that of the file's quarters."""
    found = {(row.area, row.indicator, row.year): row.value for row in _values(data) if row.value is not None}
    last, first = data["open_year"], FIRST_OPEN_YEAR
    both = [key[:2] for key in found if {(*key[:2], last), (*key[:2], first)} <= found.keys()]
    return {key: found[*key, last] - found[*key, first] for key in both}


def _values(data) -> list[FactRow]:
    """The line to the target, gone to the share `done`; kept within bounds, and whole where units are."""
    rows = []
    for code, county, place, row, definition in _each_series(data):
        own = row.get("values", {}).get(county, {})
        if definition.kind != IndicatorDefinition.Kind.CUMULATIVE:
            base = _bounded(Decimal(str(row["base"][place])), definition)
            rows.append(_with_parts(_fact(county, code, 2022, base), data, place, definition))
        for year in range(2023, data["open_year"] + 1):
            if year in own and own[year] is None:
                continue
            share = (year - 2022) / 5 * row.get("done", [1.03] * 3)[place]
            line = _line(row["base"][place], row["final"][place], share, definition.decimals)
            value = _bounded(Decimal(str(own.get(year, line))), definition)
            rows.append(_with_parts(_fact(county, code, year, value), data, place, definition))
    return rows


def _with_parts(row: FactRow, data: Mapping, place: int, definition: IndicatorDefinition) -> FactRow:
    """The value as what it is divided from, where the demonstration names a denominator."""
    below = data["parts"].get(row.indicator, [None] * len(data["counties"]))[place]
    if below is None or definition.parts is None or row.value is None:
        return row
    denominator = Decimal(str(below))
    numerator = row.value * denominator / definition.parts.factor
    return replace(row, numerator=round(numerator, 6), denominator=denominator)


def _bounded(value: Decimal, definition: IndicatorDefinition) -> Decimal:
    if definition.upper_bound is not None:
        value = min(value, definition.upper_bound)
    return max(value, definition.lower_bound) if definition.lower_bound is not None else value


def _create_logins(password: str | None) -> str | None:
    """admin, municipal, leader, stats, finance, one for each county and for each of its bureaus."""
    plan = Plan.objects.select_related("owner", "finance").get()
    chosen = password or secrets.token_urlsafe(9)
    hashed = make_password(chosen)  # one salt for all: these accounts share one password anyway
    role, units = User.Role, {unit.code: unit for unit in Organisation.objects.all()}
    accounts = [
        ("admin", role.ADMINISTRATOR, plan.owner),
        ("municipal", role.MUNICIPAL, plan.owner),
        ("leader", role.LEADER, plan.owner),
        ("stats", role.DEPARTMENT, units["HZ-STATS"]),
        ("finance", role.DEPARTMENT, plan.finance),
    ]
    for code, unit in units.items():
        county, _, bureau = code.partition("-")
        if unit.kind in {Organisation.Kind.COUNTY, Organisation.Kind.BUREAU} and county in LOGINS:
            is_county = unit.kind == Organisation.Kind.COUNTY
            name = LOGINS[county] if is_county else f"{LOGINS[county]}-{bureau}"
            accounts.append((name, role.COUNTY if is_county else role.BUREAU, unit))
    made = [
        create_demo_user(username=name, role=kind, organisation=unit, password_hash=hashed)
        for name, kind, unit in accounts
    ]
    return chosen if any(made) else None
