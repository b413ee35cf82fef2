"""Sessions that end: after SESSION_COOKIE_AGE without a request, and SESSION_HOURS after the login whatever happens.
Each is a row with its user, start, address and browser, so that people see theirs and end them."""

import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from identity.models import LoginSession
from lib.database.prepared_statements import Prepared

STARTED, ADDRESS, BROWSER = "started_at", "address", "browser"
FIELDS = [field.attname for field in LoginSession._meta.concrete_fields]
SESSION = Prepared(lambda: LoginSession.objects.order_by().filter(session_key="").values_list(*FIELDS))
RENEWED_AT = 0.9  # of the idle time left: a busy user costs one write in a tenth of it, not one a request


def handle_of(session_key: str) -> str:
    """How a page names a session without telling what opens it."""
    return sha256(session_key.encode()).hexdigest()[:16]


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls):
        return LoginSession

    def load(self):
        """What is stored; nothing once the session is too old, which ends it. One still in use lasts on."""
        row = self._get_session_from_db()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        if data and time.time() - data.get(STARTED, 0) > settings.SESSION_HOURS * 3600:
            row.delete()
            self._session_key = None
            return {}
        if row.expire_date - timezone.now() < timedelta(seconds=RENEWED_AT * settings.SESSION_COOKIE_AGE):
            self.modified = True  # the middleware writes it, and with it the new end
        return data

    def _get_session_from_db(self) -> LoginSession | None:
        """The row as it is now, None where there is none or its time is over. Asked at every request of a person: the
        query is written once."""
        for values in SESSION.rows(self.session_key):
            row = LoginSession.from_db(DEFAULT_DB_ALIAS, FIELDS, values)
            if row.expire_date > timezone.now():
                return row
        self._session_key = None
        return None

    def create_model_instance(self, data):
        data.setdefault(STARTED, int(time.time()))
        row: Any = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        row.handle = handle_of(row.session_key)
        row.started_at = datetime.fromtimestamp(data[STARTED], tz=UTC)
        row.address, row.browser = data.get(ADDRESS, ""), data.get(BROWSER, "")
        return row

    def cycle_key(self):
        """At a login, and where the password has just been given again: the time runs anew."""
        self.pop(STARTED, None)
        super().cycle_key()
