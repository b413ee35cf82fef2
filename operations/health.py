"""Is the site alive, is it ready, what has it counted: for monitors, not for people. No login; no secrets."""

import hmac
import shutil
from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from journal.models import PendingRecompute
from lib.internet_addresses import address_of
from lib.web.metrics import counted
from reporting.models import Submission

FREE_BYTES = 64 * 2**20  # below this, uploads and logs will soon fail
QUEUE = "celery"


@login_not_required
def healthz(request):
    """Alive: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request):
    """Ready: 200, or 503 with the parts that are down and what is wrong with each, in words."""
    parts = {name: words_of(check) for name, check in checks().items()}
    ready = all(words == "ok" for words in parts.values())
    return JsonResponse(
        {"ready": ready, "parts": parts}, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False}
    )


@login_not_required
def metrics(request):
    """Prometheus' text: for who knows METRICS_TOKEN, or where none is set for this machine alone."""
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(counted() + generate_latest(standing()), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    request.get_host()  # a page elsewhere, whose name was made to mean this machine, does not read it: a 400
    place = address_of(request.META["REMOTE_ADDR"])
    return place is not None and place.is_loopback and request.is_direct


def checks() -> dict[str, Callable[[], str]]:
    """Each part's check: "ok", or words that say what is wrong. A check may raise."""
    found = {"database": check_database, "migrations": check_migrations, "pending": check_pending}
    return found | ({"broker": check_broker} if settings.REDIS_URL else {}) | {"disk": check_disk}


def words_of(check: Callable[[], str]) -> str:
    """What a check says; of what it meets only the kind, for the text may name hosts and users."""
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"连不上（{type(error).__name__}）"


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def check_migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"有 {len(waiting)} 个数据库迁移没有执行，请运行 manage.py migrate" if waiting else "ok"


def check_pending() -> str:
    oldest = pending()["oldest"]
    seconds = (timezone.now() - oldest).total_seconds() if oldest else 0
    if seconds <= settings.PENDING_SECONDS:
        return "ok"
    return f"最早的待重算已等了 {int(seconds)} 秒，请看后台任务是否在运行"


def check_broker() -> str:
    with broker() as client:
        client.ping()
    return "ok"


def check_disk() -> str:
    free = shutil.disk_usage(settings.VAR_DIR).free
    return "ok" if free >= FREE_BYTES else f"VAR_DIR 所在磁盘只剩 {free // 2**20} MB，请清理"


def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def pending() -> dict:
    return PendingRecompute.objects.aggregate(count=Count("id"), oldest=Min("requested_at"))


def standing() -> CollectorRegistry:
    """What stands at this moment: the outbox, the queue, the submissions. A part that is down has no number."""
    registry = CollectorRegistry()
    for fill in (_pending_gauges, _submission_gauges, _queue_gauge if settings.REDIS_URL else None):
        try:
            if fill:
                fill(registry)
        except (DatabaseError, redis.RedisError):
            continue
    return registry


def _pending_gauges(registry) -> None:
    found = pending()
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0
    Gauge("site_pending_recomputes", "Rows of the outbox", registry=registry).set(found["count"])
    Gauge("site_oldest_pending_seconds", "Age of its oldest row", registry=registry).set(age)


def _submission_gauges(registry) -> None:
    counts = dict(Submission.objects.values_list("state").annotate(Count("id")).order_by())
    gauge = Gauge("site_submissions", "Submissions by state", ["state"], registry=registry)
    for state in Submission.State.values:
        gauge.labels(state).set(counts.get(state, 0))


def _queue_gauge(registry) -> None:
    with broker() as client:
        Gauge("site_queue_depth", "Messages that no worker has taken", registry=registry).set(client.llen(QUEUE))
