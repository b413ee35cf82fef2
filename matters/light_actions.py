"""Writes of the rule of lights: versions, each with a reason, by the plan's owner."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from journal.actions import actor_name, log_audit
from lib.database.queues import wait_in_line
from lib.reasons import says_something
from lib.refusals import Invalid, NotAllowed
from matters.models import LightRule
from matters.schedule_lights import Limits
from plan.models import Plan


def may_set_lights(user: User) -> bool:
    """The plan's owner: the people of the unit that the plan names, who act for it."""
    if user.role != User.Role.MUNICIPAL or user.own_unit_id is None:
        return False
    return Plan.objects.filter(owner=user.own_unit_id).exists()


def check_limits(limits: Limits) -> None:
    """Invalid, in words, for limits that no rule can have."""
    if not 1 <= limits.yellow < limits.red <= 100:
        raise Invalid(_("黄灯应不少于1个百分点，红灯应大于黄灯、不超过100个百分点。"))


@transaction.atomic
def define_light_rule(*, limits: Limits, reason: str, by: User, at: datetime | None = None) -> LightRule:
    """Put the next version in force; the same limits again change nothing."""
    if not may_set_lights(by):
        raise NotAllowed(_("亮灯规则由方案的主管单位修改。"))
    check_limits(limits)
    if not says_something(reason):
        raise Invalid(_("请写明理由（不少于6个字，“核实无误”不算）。"))
    wait_in_line("light_rule")
    at = at or timezone.now()
    present = LightRule.objects.select_for_update().as_of().order_by("-version").first()
    if present is not None and (present.yellow_points, present.red_points) == (limits.yellow, limits.red):
        return present
    LightRule.objects.as_of().update(superseded_at=at)
    made = LightRule.objects.create(
        version=present.version + 1 if present else 1,
        yellow_points=limits.yellow,
        red_points=limits.red,
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=by,
        recorded_by_name=actor_name(by),
    )
    old = {"yellow": present.yellow_points, "red": present.red_points} if present else None
    rows = [{"key": f"v{made.version}", "old": old, "new": {"yellow": limits.yellow, "red": limits.red}}]
    log_audit(action="define_light_rule", subject="matters.lightrule", rows=rows, by=by, reason=made.reason)
    return made
