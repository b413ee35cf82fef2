"""A site from nothing, step by step: administrator, owner, plan, units and logins, first year. Each step is one action,
called by the pages and by `init_site` alike; what stands in the database says which is next, so that whoever leaves
takes it up again."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from areas.actions import record_areas
from areas.models import Area
from journal.actions import lock_feed, log_audit
from lib.refusals import Invalid, NotAllowed
from plan.models import Plan
from reporting.models import Round
from reporting.rounds.actions import assign_responsibilities, open_round
from seeding.plan_files.loading import Loaded, record_plan
from seeding.plan_files.yaml_text import PlanFault, PlanFileError

STEPS = ("administrator", "owner", "plan", "logins", "year")
TITLES = {
    "administrator": gettext_lazy("系统管理员"),
    "owner": gettext_lazy("主管单位"),
    "plan": gettext_lazy("方案"),
    "logins": gettext_lazy("单位和账号"),
    "year": gettext_lazy("第一个年度"),
}
CODE_FILE = "setup_code"


@dataclass(frozen=True)
class SetupProgress:
    """The steps that are done. Without a plan the site shows nothing; logins and a year can wait."""

    done: frozenset[str]

    @property
    def next_step(self) -> str | None:
        """The first that is not done."""
        return next((step for step in STEPS if step not in self.done), None)

    @property
    def has_plan(self) -> bool:
        return "plan" in self.done


def progress() -> SetupProgress:
    """What stands in the database by now."""
    has_plan = Plan.objects.exists()
    found = {
        "administrator": people().exists(),
        "owner": has_plan or owner() is not None,
        "plan": has_plan,
        "logins": people().exclude(role=User.Role.ADMINISTRATOR).exists(),
        "year": Round.objects.exists(),
    }
    return SetupProgress(frozenset(step for step, is_done in found.items() if is_done))


def people():
    """Accounts that a person logs in with."""
    return User.objects.filter(is_service=False)


def owner() -> Organisation | None:
    """The unit that was typed as the plan's owner, while there is no plan."""
    return Organisation.objects.filter(kind=Organisation.Kind.MUNICIPAL).select_related("area").first()


def setup_code() -> str:
    """What the first visitor has to know where others reach the site: it lies in the data directory, for its owner
    alone, and is printed by `prepare` and `init_site`."""
    file = Path(settings.VAR_DIR) / CODE_FILE
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(12), encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def asks_code() -> bool:
    """On one's own machine nobody else can be the first."""
    return not settings.IS_OWN_MACHINE


@transaction.atomic
def make_administrator(*, username: str, password: str, full_name: str = "", code: str | None = None) -> User:
    """An administrator who may enter the back office. Refused where the password is too weak; by page (`code` given)
    only the first account is made so, and the code has to be right."""
    lock_feed()  # two who are first at once: one of them is
    if code is not None and people().exists():
        raise NotAllowed(_("系统管理员已经有了，请登录后继续。"))
    if code is not None and asks_code() and not hmac.compare_digest(code.strip().encode(), setup_code().encode()):
        raise NotAllowed(_("建站码不对。它在数据目录的 {file} 文件里，启动时也会打印出来。").format(file=CODE_FILE))
    user = User(username=username, first_name=full_name, role=User.Role.ADMINISTRATOR, is_staff=True, is_superuser=True)
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    user.set_password(password)
    user.save()
    row = {"key": username, "new": {"role": user.role}}
    log_audit(action="create", subject=User._meta.label_lower, rows=[row], by=user, reason=_("建站"))
    return user


@transaction.atomic
def set_owner(*, city: dict, unit: dict, by: User | None) -> Organisation:
    """The city and the owner of the plan to come, each as columns: `code`, `name`, `name_en`. Typed anew as long as
    there is no plan."""
    if Plan.objects.exists():
        raise Invalid(_("方案已经载入，主管单位在后台的“单位”里改。"))
    Organisation.objects.filter(kind=Organisation.Kind.MUNICIPAL, users=None).delete()
    Area.objects.filter(kind=Area.Kind.CITY, organisations=None).delete()
    record_areas([{**city, "kind": Area.Kind.CITY}])
    area = Area.objects.get(code=city["code"])
    made = Organisation.objects.create(kind=Organisation.Kind.MUNICIPAL, area=area, **unit)
    label = Organisation._meta.label_lower
    log_audit(action="create", subject=label, rows=[{"key": made.code, "new": unit}], by=by, reason=_("建站"))
    return made


def known_of_plan() -> dict:
    """What of a plan's file is known from the step before it, for the template."""
    unit = owner()
    if unit is None:
        return {}
    city = unit.area
    names = {"code": unit.code, "name": unit.name, "name_en": unit.name_en}
    row = {"code": city.code, "name": city.name, "name_en": city.name_en, "kind": "city"}
    return {"plan": {"city": city.code, "owner": names}, "areas": [row]}


@transaction.atomic
def take_plan(data: dict, *, by: User | None, is_dry_run: bool = False) -> Loaded:
    """Load the checked rows of a plan's file. Refused (`PlanFileError`) where it names another city or owner than was
    typed before."""
    unit = owner()
    if unit is not None and not Plan.objects.exists():
        faults = [*_other(("plan", "city"), data["plan"]["city"], unit.area_id)]
        faults += _other(("plan", "owner", "code"), data["plan"]["owner"]["code"], unit.code)
        if faults:
            raise PlanFileError(faults)
    return record_plan(data, by=by, is_dry_run=is_dry_run)


def _other(place: tuple, given: str, known: str) -> list[PlanFault]:
    words = _("文件里写的是 {given}，第2步填的是 {known}。请改文件，或回到第2步改。").format(given=given, known=known)
    return [PlanFault(place, words)] if given != known else []


def open_first_year(*, year: int, due_on: date, by: User | None) -> Round:
    """Open the year for every area of the plan, each row with the unit that answers for it."""
    assign_responsibilities(by=by)
    return open_round(year=year, due_on=due_on, areas=Area.objects.judged(), by=by)
