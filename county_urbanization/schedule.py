"""What runs by the clock, for Celery's beat; settings.py takes it over. Where there is no broker, each web process does
the same (county_urbanization/gunicorn.py)."""

from celery.schedules import crontab

from county_urbanization.environment import env

SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=30)
CELERY_BEAT_SCHEDULE = {
    "note-due-year": {"task": "indicators.note_due_year", "schedule": SWEEP_SECONDS},
    "sweep-pending-recomputes": {"task": "indicators.sweep_pending", "schedule": SWEEP_SECONDS},
    "lapse-reopened": {"task": "reporting.lapse_reopened", "schedule": SWEEP_SECONDS},
    "fill-sheets": {"task": "projects.fill_sheets", "schedule": SWEEP_SECONDS},
    "follow-figures": {"task": "matters.follow_figures", "schedule": SWEEP_SECONDS},
    "void-presses": {"task": "dispatch.void_presses", "schedule": SWEEP_SECONDS},
    "fill-outbox": {"task": "messaging.fill_outbox", "schedule": SWEEP_SECONDS},
    "deliver-messages": {"task": "messaging.deliver", "schedule": SWEEP_SECONDS},
    "pull-due": {"task": "pulling.pull_due", "schedule": crontab(minute="*/5")},
    "remind-due": {"task": "reporting.remind_due", "schedule": crontab(minute=5)},
    "build-lost-reports": {"task": "dashboard.build_lost_reports", "schedule": SWEEP_SECONDS},
    "tell-deprecations": {"task": "journal.tell_deprecations", "schedule": crontab(minute=20)},
    "seal-audit-log": {"task": "journal.seal_entries", "schedule": SWEEP_SECONDS},
    "forget-ended-sessions": {"task": "identity.forget_ended_sessions", "schedule": crontab(minute="*/15")},
    "recompute-nightly": {"task": "indicators.recompute_all", "schedule": crontab(hour=2, minute=30)},
}
