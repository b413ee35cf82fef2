"""The next plan: a site of its own that goes on where an earlier one ended. Out of a backup of the earlier site it
takes the official values with all their versions, and the logins with their passwords. The earlier site is left as it
is, and so is its history: log, feed, submissions and reports stay in the backup, which opens again with `restore`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.actions import Grounds
from indicators.facts.succession import adopt_values
from indicators.models import IndicatorDefinition, Observation, Versioned
from journal.actions import log_audit
from lib.files.archives import ArchiveReader
from lib.refusals import Invalid
from plan.models import Plan

BATCH = 500
TEXTS = ("cite", "words", "source", "note", "year_cite", "recorded_via", "reason")


@dataclass
class TakenOver:
    """`values`: official values in force; `versions`: all that were stored; `left`: what stayed behind, by why."""

    plan: str
    values: int = 0
    versions: int = 0
    users: int = 0
    left: Counter[str] = field(default_factory=Counter)


@transaction.atomic
def take_over(
    path: Path, *, renamed: Mapping[str, str] | None = None, is_dry_run: bool = False, any_size: bool = False
) -> TakenOver:
    """Bring in what the backup of an earlier plan's site holds. `renamed`: the earlier code of an indicator → the one
    it has here. Refused where there is no plan here, or where the backup is of this very plan."""
    archive = ArchiveReader(path, any_size=any_size)
    archive.verify()
    plan = Plan.objects.select_related("document", "owner").first()
    if plan is None:
        raise Invalid(_("先载入新方案（load_plan），再接续上一方案。"))
    earlier = _Earlier(archive)
    if earlier.plan_code == plan.document_id:
        raise Invalid(_("备份里是同一份方案（{code}）；恢复它请用 restore。").format(code=plan.document_id))
    done = TakenOver(earlier.title)
    users = _take_users(earlier, plan, done)
    _take_values(earlier, dict(renamed or {}), users, done)
    if is_dry_run:
        transaction.set_rollback(True)
    return done


class _Earlier:
    """What is looked up in the backup again and again."""

    def __init__(self, archive: ArchiveReader):
        self.archive = archive
        plans = list(self.rows("plan.Plan"))
        self.plan_code = plans[0]["document_id"] if plans else ""
        documents = {row["code"]: row["title"] for row in self.rows("plan.PolicyDocument")}
        self.title = documents.get(self.plan_code, self.plan_code)
        self.owner = plans[0].get("owner_id") if plans else None
        definitions = [row for row in self.rows("indicators.IndicatorDefinition") if row["superseded_at"] is None]
        self.units = {row["indicator_id"]: row["unit"] for row in definitions}
        self.stages = {row["indicator_id"]: row.get("stages", "") for row in definitions}

    def rows(self, label: str) -> Iterator[dict]:
        if label in self.archive.tables:
            for batch in self.archive.batches(label, BATCH):
                yield from batch


def _take_users(earlier: _Earlier, plan: Plan, done: TakenOver) -> dict[int, User]:
    """The accounts by their earlier numbers: those that were made, and those of the same name that were here. A unit is
    found by its code, the owner of the earlier plan is that of the new one."""
    units = {row["id"]: row for row in earlier.rows("accounts.Organisation")}
    own_units = {unit.code: unit for unit in Organisation.objects.all()}
    known = {user.username: user for user in User.objects.all()}
    found: dict[int, User] = {}
    made = []
    for row in earlier.rows("accounts.User"):
        if row["username"] in known:
            found[row["id"]] = known[row["username"]]
            continue
        if row["is_service"] or row["is_demo"]:
            done.left[_("接口账号和演示账号")] += 1
            continue
        unit = plan.owner if row["organisation_id"] == earlier.owner else None
        if unit is None and row["organisation_id"] is not None:
            unit = own_units.get(units[row["organisation_id"]]["code"])
        if unit is None and row["organisation_id"] is not None:
            done.left[_("账号：新方案没有他的单位")] += 1
            continue
        found[row["id"]] = _account(row, unit)
        made.append({"key": row["username"], "new": {"role": row["role"]}})
    done.users = len(made)
    if made:
        log_audit(action="adopt", subject=User._meta.label_lower, rows=made, by=None, reason=_reason(earlier))
    return found


def _account(row: Mapping, unit: Organisation | None) -> User:
    """With the password as it is kept: whoever logged in there logs in here."""
    names = ("username", "password", "first_name", "last_name", "email", "role", "is_active", "is_staff")
    return User.objects.create(
        **{name: row[name] for name in names}, is_superuser=row["is_superuser"], organisation=unit
    )


def _take_values(earlier: _Earlier, renamed: dict[str, str], users: Mapping[int, User], done: TakenOver) -> None:
    here = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    areas = set(Area.objects.judged().values_list("code", flat=True))
    taken = set(Observation.objects.values_list("area_id", "indicator_id", "year"))
    rows = []
    for row in earlier.rows("indicators.Observation"):
        code = renamed.get(row["indicator_id"], row["indicator_id"])
        key = (row["area_id"], code, row["year"])
        if why := _left_because(row, key, earlier, here, areas, taken):
            done.left[why] += row["superseded_at"] is None
            continue
        rows.append(_observation(row, code, users.get(row["recorded_by_id"])))
    done.versions = len(rows)
    done.values = sum(row.superseded_at is None for row in rows)
    grounds = Grounds(by=None, via=Versioned.Via.IMPORT, reason=_reason(earlier), at=timezone.now())
    adopt_values(rows, grounds=grounds, source=earlier.title)


def _left_because(
    row: Mapping,
    key: tuple[str, str, int],
    earlier: _Earlier,
    here: Mapping[str, IndicatorDefinition],
    areas: set[str],
    taken: set[tuple[str, str, int]],
) -> str:
    area, code, _year = key
    if row["is_demo"]:
        return _("演示数据")
    if area not in areas:
        return _("新方案没有的地区 {area}").format(area=area)
    if code not in here:
        return _("新方案没有的指标 {code}").format(code=code)
    if earlier.units.get(row["indicator_id"]) != here[code].unit:
        return _("单位变了的指标 {code}").format(code=code)
    if earlier.stages.get(row["indicator_id"], "") != here[code].stages:
        return _("阶段变了的指标 {code}").format(code=code)
    return _("新方案自己已有的数") if key in taken else ""


def _observation(row: Mapping, code: str, by: User | None) -> Observation:
    return Observation(
        area_id=row["area_id"],
        indicator_id=code,
        year=row["year"],
        value=Decimal(row["value"]),
        numerator=_decimal(row["numerator"]),
        denominator=_decimal(row["denominator"]),
        reached_on=date.fromisoformat(row["reached_on"]) if row.get("reached_on") else None,
        version=row["version"],
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
        superseded_at=datetime.fromisoformat(row["superseded_at"]) if row["superseded_at"] else None,
        recorded_by=by,
        **{name: row[name] for name in TEXTS},
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _reason(earlier: _Earlier) -> str:
    return f"接续“{earlier.title}”"
