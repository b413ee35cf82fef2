"""Sessions that end: after SESSION_COOKIE_AGE without a request, and SESSION_HOURS after the login whatever happens."""

import time
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends import db
from django.utils import timezone

STARTED = "started_at"
RENEWED_AT = 0.9  # of the idle time left: a busy user costs one write in a tenth of it, not one a request


class SessionStore(db.SessionStore):
    def load(self):
        """What is stored; nothing once the session is too old, which ends it. One still in use lasts on."""
        row = self._get_session_from_db()
        data = self.decode(row.session_data) if row else {}
        if data and time.time() - data.get(STARTED, 0) > settings.SESSION_HOURS * 3600:
            row.delete()
            self._session_key = None
            return {}
        if row and row.expire_date - timezone.now() < timedelta(seconds=RENEWED_AT * settings.SESSION_COOKIE_AGE):
            self.modified = True  # the middleware writes it, and with it the new end
        return data

    def create_model_instance(self, data):
        data.setdefault(STARTED, int(time.time()))
        return super().create_model_instance(data)

    def cycle_key(self):
        """At a login, and where the password has just been given again: the time runs anew."""
        self.pop(STARTED, None)
        super().cycle_key()
