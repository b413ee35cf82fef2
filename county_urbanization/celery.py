"""The Celery application. Without REDIS_URL its tasks run in the calling process."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")

app = Celery("county_urbanization", task_cls="lib.web.metrics:MeasuredTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
