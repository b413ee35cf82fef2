"""Opening a chart to other sites, and ending that: each with an audit row."""

import re
import secrets
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from charts.building import chart_at
from charts.models import LONGEST_ADDRESS, Embedding
from journal.actions import actor_name, log_audit
from lib.refusals import NotAllowed, Refused

ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?")
MOST_HOSTS = 10
KIND = re.compile(r"\.(svg|png|csv|xlsx)$")


def may_embed(user: User) -> bool:
    """Whoever may make numbers official may also open them to others."""
    return user.imports_official_tables


@transaction.atomic
def open_embedding(*, address: str, hosts: Sequence[str], by: User) -> Embedding:
    """`address`: of a chart's file, of whatever kind, with or without the host. Refused in plain words."""
    if not may_embed(by):
        raise NotAllowed(_("只有市里可以把图开放给其他网站。"))
    chart = _chart_address(address)
    origins = [host.rstrip("/").lower() for host in hosts]
    wrong = [host for host in origins if not ORIGIN.fullmatch(host)]
    if wrong or not 0 < len(origins) <= MOST_HOSTS:
        words = _("网站写成 https://www.example.gov.cn 的样子，一行一个，最多{most}个。看不懂的：{wrong}")
        raise Refused(words.format(most=MOST_HOSTS, wrong="、".join(wrong) or "–"))
    try:
        title = chart_at(chart, by).title
    except Http404 as error:
        raise Refused(str(error)) from error
    found = Embedding.objects.create(
        key=secrets.token_urlsafe(24),
        chart=chart,
        title=title[:300],
        hosts=" ".join(dict.fromkeys(origins)),
        created_by=by,
        created_by_name=actor_name(by),
        created_at=timezone.now(),
    )
    _log("open_embedding", found, by)
    return found


@transaction.atomic
def end_embedding(*, embedding: Embedding, reason: str, by: User) -> None:
    """From now on the frame says that it is closed. Refused without a reason, and the second time."""
    found = Embedding.objects.select_for_update().get(pk=embedding.pk)
    if not may_embed(by):
        raise NotAllowed(_("只有市里可以把图开放给其他网站。"))
    if not reason.strip():
        raise Refused(_("请写明停止的理由。"))
    if found.ended_at:
        raise Refused(_("已经停止了。"))
    found.ended_at, found.ended_by_name, found.reason = timezone.now(), actor_name(by), reason.strip()[:200]
    found.save(update_fields=["ended_at", "ended_by_name", "reason"])
    _log("end_embedding", found, by, found.reason)


def _chart_address(address: str) -> str:
    """Without host and kind; numbers that are not approved stay inside."""
    parts = urlsplit(address.strip())
    if parse_qs(parts.query).get("layer", ["official"])[-1] != "official":
        raise Refused(_("未审核的数不能开放给其他网站。"))
    path = KIND.sub("", parts.path)
    chart = f"{path}?{parts.query}" if parts.query else path
    if not chart.startswith("/charts/") or len(chart) > LONGEST_ADDRESS:
        raise Refused(_("请粘贴一张图的网址：在图下面“图片 PNG”或“SVG”上点右键，复制链接地址。"))
    return chart


def _log(action: str, found: Embedding, by: User, reason: str = "") -> None:
    row = {"key": found.title, "new": {"chart": found.chart, "hosts": found.hosts}}
    log_audit(action=action, subject="embedding", rows=[row], by=by, reason=reason)
