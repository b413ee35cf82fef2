"""The demonstration's projects: invented, deterministic, through the register's own actions, marked on every row.

Industrial projects land as often as the demonstration's H01 says, so that register and official figures agree; works
serve other indicators; some slip, some have stalled, two span counties."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import yaml
from django.conf import settings

from accounts.models import User
from areas.models import Area
from lib.days import SHANGHAI
from lib.partial_dates import first_day, last_day
from projects.actions import change_state, create_project
from projects.changes.parts import Amount, DatedProgress, Parts, Progress
from projects.changes.progress import report_history
from projects.models import Project

YEARLY = (Decimal("0.3"), Decimal("0.45"), Decimal("0.25"))
FINAL = 2027
FILE_END = date(2025, 12, 31)  # until then the investment adds up to what demo.yaml says of it
TOLD_AFTER = timedelta(days=8)  # a quarter is reported so long after its end
STALLED_FOR = timedelta(days=40)
STALLED_AT = Decimal("0.8")  # what has stalled does not come to its end
State = Project.State


@dataclass
class Planned:
    """One project to be made. `pace`: share of the planned investment really completed."""

    name: str
    unit: str
    field: str
    chapter: int
    shares: dict[str, Decimal]
    amount: Decimal
    starts: date
    ends: date
    pace: Decimal
    landed_on: date | None = None
    is_stalled: bool = False
    contributions: dict[tuple[str, str, int], Decimal] = dataclasses.field(default_factory=dict)

    @property
    def schedule(self) -> dict[int, Decimal]:
        """Planned investment by year, adding up to the whole."""
        years = range(self.starts.year, max(self.ends.year, self.starts.year) + 1)
        if len(years) == 3:
            parts = [_yi(self.amount * share) for share in YEARLY]
        else:
            parts = [_yi(self.amount / len(years))] * len(years)
        parts[-1] = self.amount - sum(parts[:-1])
        return dict(zip(years, parts, strict=True))

    def completed(self, until: date) -> Decimal:
        """Invested by the end of a day: the years' plans gone by, times the pace."""
        done = Decimal(0)
        for year, planned in self.schedule.items():
            first, last = max(self.starts, date(year, 1, 1)), date(year, 12, 31)
            gone = (min(until, last) - first).days + 1
            done += planned * max(gone, 0) / ((last - first).days + 1)
        most = self.amount * STALLED_AT if self.is_stalled else self.amount
        return min(_yi((done + self._after_the_end(until)) * self.pace), _yi(most))

    def _after_the_end(self, until: date) -> Decimal:
        """A project that is late goes on after its end, as fast as before."""
        over = (until - max(self.ends, FILE_END)).days
        return self.amount * max(over, 0) / max((self.ends - self.starts).days, 1)


def load_demo_projects(landed: Mapping[tuple[str, int], int], *, today: date) -> int:
    """Enter them; `landed` is the running total of H01 by (county, year). Nothing is done for a code that is there.
    The number entered."""
    data = yaml.safe_load((settings.BASE_DIR / "fixtures" / "demo_projects.yaml").read_text(encoding="utf-8"))
    known = set(Project.objects.values_list("code", flat=True))
    areas = {area.code: area.name for area in Area.objects.counties().filter(code__in=data["counties"])}
    people = {user.organisation_id: user for user in User.objects.filter(is_demo=True, role__in=["county", "bureau"])}
    units = {user.organisation.code: user for user in people.values() if user.organisation}
    entered = 0
    for number, planned in enumerate(_all(data, areas, landed), start=data["first_number"]):
        code = f"PRJ-{number:04d}"
        if code not in known:
            _enter(code, planned, units, today, data["stalled_reason"])
            entered += 1
    return entered


def _all(data: dict, areas: dict[str, str], landed) -> Iterator[Planned]:
    yield from _industrial(data["industrial"], areas, landed)
    for row in data["works"]:
        for place, county in enumerate(data["counties"]):
            if row["amounts"][place] is not None and county in areas:
                yield _work(row, place, county, areas[county])
    for row in data["shared"]:
        if set(row["shares"]) <= set(areas):
            yield _shared(row)


def _industrial(data: dict, areas: dict[str, str], landed) -> Iterator[Planned]:
    number = 0
    for county, name in areas.items():
        products, before, place = data["products"][county], 0, 0
        for year in sorted(year for area, year in landed if area == county):
            count = landed.get((county, year), before) - before
            before += count
            for turn in range(count):
                amount = Decimal(str(data["amounts"][number % len(data["amounts"])]))
                product, kind = products[place % len(products)], _kind(data["kinds"], place // len(products))
                number, place = number + 1, place + 1
                landed_on = date(year, 1, 1) + timedelta(days=int(365 * (turn + 0.5) / count))
                yield Planned(
                    name=f"{name}{product}{kind}",
                    unit=f"{county}-{data['unit']}",
                    field="industry",
                    chapter=2,
                    shares={county: Decimal(1)},
                    amount=amount,
                    starts=landed_on,
                    ends=date(year + 2, 6, 30),
                    pace=Decimal(str(data["paces"][number % len(data["paces"])])),
                    landed_on=landed_on,
                    is_stalled=number in data["stalled"],
                )


def _kind(kinds: list[str], turn: int) -> str:
    """The next of the kinds; after the last the first again, as its second phase."""
    again = turn // len(kinds)
    return kinds[turn % len(kinds)] + (f"（{again + 1}期）" if again else "")


def _known(day: date | None) -> date:
    """A date of the file. ValueError where it stands empty."""
    if day is None:
        raise ValueError("a project of the demonstration has no date")
    return day


def _work(row: dict, place: int, county: str, name: str) -> Planned:
    return Planned(
        name=f"{name}{row['name']}工程",
        unit=f"{county}-{row['unit']}",
        field=row["field"],
        chapter=row["chapter"],
        shares={county: Decimal(1)},
        amount=Decimal(str(row["amounts"][place])),
        starts=_known(first_day(row["starts"])),
        ends=_known(last_day(row["ends"])),
        pace=Decimal(str(row["paces"][place])),
        is_stalled=row.get("stalled") == county,
        contributions={(row["indicator"], county, FINAL): Decimal(str(row["contributions"][place]))},
    )


def _shared(row: dict) -> Planned:
    shares = {area: Decimal(str(share)) for area, share in row["shares"].items()}
    main = max(shares, key=lambda area: shares[area])
    return Planned(
        name=row["name"],
        unit=f"{main}-{row['unit']}",
        field=row["field"],
        chapter=row["chapter"],
        shares=shares,
        amount=Decimal(str(row["amount"])),
        starts=_known(first_day(row["starts"])),
        ends=_known(last_day(row["ends"])),
        pace=Decimal(str(row["pace"])),
        is_stalled=row.get("stalled", False),
        contributions={(row["indicator"], a, FINAL): Decimal(str(v)) for a, v in row["contributions"].items()},
    )


def _enter(code: str, planned: Planned, units: Mapping[str, User], today: date, stalled_reason: str) -> None:
    by = units.get(planned.unit)
    quarters = _quarters(planned, today)
    latest = planned.completed(quarters[-1][2]) if quarters else Decimal(0)
    is_done = planned.ends < today and latest >= planned.amount and not planned.is_stalled
    rest = planned.amount - latest
    if planned.landed_on and rest > 0 and not is_done:  # what is still to be invested counts for P09
        planned.contributions[("P09", next(iter(planned.shares)), FINAL)] = rest
    project = create_project(
        code=code,
        origin=Project.Origin.DEMO,
        state=State.COMPLETED if is_done else State.STARTED,
        values=_values(planned, by, is_done),
        parts=Parts(planned.shares, planned.schedule, planned.contributions),
        amounts=_amounts(planned),
        by=by,
        at=_moment(planned.starts),
    )
    told = [_report(planned, (year, quarter), end) for year, quarter, end in quarters]
    report_history(project=project, told=told, by=by)
    if planned.is_stalled:
        at = _moment(today - STALLED_FOR)
        change_state(project=project, state=State.STALLED, by=by, reason=stalled_reason, at=at)


def _values(planned: Planned, by: User | None, is_done: bool) -> dict:
    values = {
        "name": planned.name,
        "field_id": planned.field,
        "chapter_id": planned.chapter,
        "organisation_id": by.organisation_id if by else None,
        "is_industrial": planned.landed_on is not None,
        "starts": f"{planned.starts:%Y-%m}",
        "ends": f"{planned.ends:%Y-%m}",
        "completed": f"{planned.ends:%Y-%m}" if is_done else "",
        "note": "演示数据",
    }
    if planned.landed_on:
        values |= {"landed_on": planned.landed_on, "landing_basis": "started", "landing_words": "以开工为落地"}
    return values


def _amounts(planned: Planned) -> list[Amount]:
    """Signed half a year before; approved at what counts."""
    signed = (planned.starts - timedelta(days=180)).strftime("%Y-%m")
    approved = (planned.starts - timedelta(days=60)).strftime("%Y-%m-%d")
    if planned.landed_on is None:
        return [Amount("approved", planned.amount, approved, "演示：初步设计批复")]
    first = Amount("signed", _yi(planned.amount * Decimal("1.06")), signed, "演示：投资协议")
    return [first, Amount("approved", planned.amount, approved, "演示：备案通知书")]


def _quarters(planned: Planned, today: date) -> list[tuple[int, int, date]]:
    """The last quarters of the years gone by in which the project was at work, and of this year each that is over and
    reported by now: (year, quarter, its end). Nothing after it is done or has stalled."""
    known = today - (STALLED_FOR if planned.is_stalled else timedelta(0)) - TOLD_AFTER
    ends = [(year, 4, date(year, 12, 31)) for year in range(planned.starts.year, today.year)]
    ends += [(today.year, n, _quarter_end(today.year, n)) for n in range(1, 5)]
    found = [each for each in ends if planned.starts <= each[2] <= known]
    done = next((place for place, each in enumerate(found) if planned.completed(each[2]) >= planned.amount), None)
    return found if done is None else found[: done + 1]


def _quarter_end(year: int, quarter: int) -> date:
    return date(year, 12, 31) if quarter == 4 else date(year, 3 * quarter + 1, 1) - timedelta(days=1)


def _report(planned: Planned, key: tuple[int, int], end: date) -> DatedProgress:
    done = planned.completed(end)
    share = int(100 * done / planned.amount)
    is_slipping = planned.pace < Decimal("0.8") and share < 100
    progress = Progress(
        *key,
        done,
        image="已全部完工" if share == 100 else f"完成总工程量的约{share}%",
        problem="演示：配套资金到位慢，进度落后于年度计划" if is_slipping else "",
        next_step="演示：倒排工期，每月通报" if is_slipping else "",
    )
    return DatedProgress(progress, _moment(end + timedelta(days=8)))


def _yi(amount: Decimal) -> Decimal:
    """To 万元."""
    return amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10), SHANGHAI)
