"""Notices sent on by e-mail, where EMAIL_HOST is configured. The notices are the outbox: a task looks for what has
not gone, so that neither a step nor its page ever waits for a mail server."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.utils import timezone

from reporting.models import Notice
from reporting.notices import readers, sheet_words

log = logging.getLogger(__name__)
MOST_TRIES = 5
FRESH = timedelta(days=2)


def send_mails(*, at: datetime | None = None) -> int:
    """Send what waits; the number sent. One that fails is logged, keeps `mailed_at` empty and is tried again after
    4, 16, 64 and 256 minutes; it also ends the run, so that a server that is down costs one wait and not many. Old
    ones, the demonstration's and those of units without an address are left."""
    if not settings.EMAIL_HOST:
        return 0
    at, sent = at or timezone.now(), 0
    for notice in _waiting(at):
        if at < notice.at + _wait(notice.mail_tries) or not _claim(notice):
            continue
        if not _send(notice, at):
            break
        sent += 1
    return sent


def _waiting(at: datetime):
    rows = Notice.objects.filter(
        Q(submission=None) | Q(submission__round__is_demo=False),
        **{"mailed_at": None, "mail_tries__lt": MOST_TRIES, "at__gt": at - FRESH, "at__lte": at, "is_demo": False},
    )
    rows = rows.filter(organisation__in=addressees().values("organisation"))
    return rows.select_related("submission__round", "submission__area").order_by("id")


def _wait(tries: int) -> timedelta:
    return timedelta(minutes=4**tries if tries else 0)


def _claim(notice: Notice) -> bool:
    """Before it is sent: of two senders at once, one gets it."""
    mine = Notice.objects.filter(pk=notice.pk, mailed_at=None, mail_tries=notice.mail_tries)
    return bool(mine.update(mail_tries=F("mail_tries") + 1))


def _send(notice: Notice, at: datetime) -> bool:
    people = addressees().filter(organisation=notice.organisation_id)
    addresses = sorted(set(people.values_list("email", flat=True)))
    about = notice.title if notice.submission is None else sheet_words(notice.submission)
    subject = " ".join(f"{notice.kind_words}：{about}".split())  # a line break in a name would be a header
    try:
        EmailMessage(subject, f"{notice.words}\n\n{notice.by_name}", to=addresses).send()
    except Exception:
        log.exception("Notice %s could not be mailed to %s", notice.pk, ", ".join(addresses))
        return False
    Notice.objects.filter(pk=notice.pk).update(mailed_at=at)
    return True


def addressees():
    """Readers of notices with an address."""
    return readers().exclude(email="")
