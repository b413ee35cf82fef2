"""Notices sent on by e-mail, where EMAIL_HOST is configured. The notices are the outbox: a task looks for what has
not gone, so that neither a step nor its page ever waits for a mail server."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from reporting.models import Notice

log = logging.getLogger(__name__)
MOST_TRIES = 5
FRESH = timedelta(days=2)


def send_mails(*, at: datetime | None = None) -> int:
    """Send what waits; the number sent. One that fails is logged, keeps `mailed_at` empty and is tried again after
    4, 16, 64 and 256 minutes. Old ones, the demonstration's and those of units without an address are left."""
    if not settings.EMAIL_HOST:
        return 0
    at = at or timezone.now()
    waiting = Notice.objects.filter(
        mailed_at=None, mail_tries__lt=MOST_TRIES, at__gt=at - FRESH, at__lte=at, submission__round__is_demo=False
    )
    waiting = waiting.select_related("submission__round", "submission__area").order_by("id")
    return sum(_send(notice, at) for notice in waiting if _is_time(notice, at))


def _is_time(notice: Notice, at: datetime) -> bool:
    return notice.mail_tries == 0 or at >= notice.at + timedelta(minutes=4**notice.mail_tries)


def _send(notice: Notice, at: datetime) -> bool:
    """The try is claimed before it is made: of two senders at once, one sends."""
    addresses = sorted(addresses_of(notice))
    mine = Notice.objects.filter(pk=notice.pk, mailed_at=None, mail_tries=notice.mail_tries)
    if not addresses or not mine.update(mail_tries=F("mail_tries") + 1):
        return False
    subject = f"{notice.get_kind_display()}：{notice.submission.area.name}{notice.submission.round.year}年报送"
    try:
        EmailMessage(subject, f"{notice.words}\n\n{notice.by_name}", to=addresses).send()
    except Exception:
        log.exception("Notice %s could not be mailed to %s", notice.pk, ", ".join(addresses))
        return False
    Notice.objects.filter(pk=notice.pk).update(mailed_at=at)
    return True


def addresses_of(notice: Notice) -> set[str]:
    """Those of the unit who act on notices; leaders and administrators of the city's office are spared."""
    people = User.objects.filter(organisation=notice.organisation_id, is_active=True, role__in=Notice.READERS)
    return set(people.exclude(email="").values_list("email", flat=True))
