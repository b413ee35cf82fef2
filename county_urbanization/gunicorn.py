"""gunicorn's settings. In the embedded default one process serves, and sweeps pending work itself."""

import gc
import os
import sys
import threading

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from gunicorn.glogging import Logger

from county_urbanization import safety

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")


class LogWithoutAccess(Logger):
    """RequestMiddleware writes the line of a request. Gunicorn gathers one more, of everything that the request and its
    answer have, before it finds that nobody writes it."""

    access_log_enabled = False


bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
wsgi_app = "county_urbanization.wsgi:application"
workers = 1 if settings.IS_EMBEDDED else int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
worker_class = "county_urbanization.buffering.BufferingWorker"
worker_connections = 400  # of each process, below the 1024 files that a process may have open
sendfile = False  # the kernel's would let a slow reader hold a thread
timeout = 120
# No header sets what the site knows of itself: neither its prefix nor its path nor its scheme, not even from this
# machine. What our own proxy says of its caller is read by `lib.web.tracing`, from proxies that the settings name.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
header_map = "refuse"
preload_app = False
control_socket_disable = True
logger_class = LogWithoutAccess
logconfig_dict = settings.LOGGING


ACTIVE_DEMO_LOGINS = (
    "%d demonstration logins are active: whoever knows their one password, and reaches this site, is administrator. "
    "Before real work begins: `load_demo --clear`."
)
SHUT_DEMO_LOGINS = (
    "%d demonstration logins are in the database; none gets in where others reach the site. Remove them by "
    "`load_demo --clear`, or allow them: ALLOW_UNSAFE=demo_logins."
)


def on_starting(server) -> None:
    told = safety.told_at_start(
        https=settings.HTTPS,
        hosts=settings.ALLOWED_HOSTS,
        proxies=settings.TRUSTED_PROXIES,
        allowed=settings.ALLOW_UNSAFE,
        administrators=settings.ADMINISTRATORS_STATED,
    )
    for words in told:
        server.log.warning(words)
    if not settings.IS_EMBEDDED:
        from lib.web.metrics import forget_the_gone  # noqa: PLC0415  (the settings have named its directory only now)

        forget_the_gone(settings.METRICS_DIR)


def sweep_for_ever(stop: threading.Event) -> None:
    """What beat does elsewhere, at start and every SWEEP_SECONDS: a year that falls due, recomputes whose dispatch was
    lost, matters whose figure has moved, reopenings that are over, numbers that sheets take from the register,
    reminders, presses that are void, rows of other systems, messages, reports, the audit log's seals, sessions that are
    over, what is declared to end. One that fails is told and holds up no other."""
    from dispatch.tasks import void_presses_gone  # noqa: PLC0415  (Django is set up only now)
    from identity.tasks import forget_ended_sessions  # noqa: PLC0415
    from indicators.tasks import note_due_year, sweep_pending  # noqa: PLC0415
    from journal.tasks import seal_entries, tell_deprecations  # noqa: PLC0415
    from matters.tasks import follow_figures  # noqa: PLC0415
    from messaging.tasks import deliver, fill_outbox  # noqa: PLC0415
    from projects.tasks import fill_sheets  # noqa: PLC0415
    from pulling.tasks import pull_due  # noqa: PLC0415
    from reporting.tasks import lapse_reopened, remind_due  # noqa: PLC0415
    from reports.tasks import build_lost_reports  # noqa: PLC0415

    tasks = (
        note_due_year,
        sweep_pending,
        follow_figures,
        lapse_reopened,
        fill_sheets,
        remind_due,
        void_presses_gone,
        pull_due,
        fill_outbox,
        deliver,
        build_lost_reports,
        seal_entries,
        forget_ended_sessions,
        tell_deprecations,
    )
    while True:
        for task in tasks:
            try:
                task()
            except Exception as error:
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
        close_old_connections()
        if stop.wait(settings.SWEEP_SECONDS):
            return


def tell_of_demo_logins(log) -> None:
    """Where the database has demonstration logins: that they get in, or, where they are shut out, why."""
    from accounts.models import User  # noqa: PLC0415  (Django is set up only now)

    try:
        count = User.objects.filter(is_demo=True, is_active=True, is_service=False).count()
    except DatabaseError:
        return
    if count:
        log.warning(ACTIVE_DEMO_LOGINS if settings.DEMO_LOGINS else SHUT_DEMO_LOGINS, count)


def post_fork(server, worker) -> None:
    """Loading makes much, of which hardly anything goes: a tenth of a start was looking through it."""
    gc.disable()


def post_worker_init(worker) -> None:
    """What is loaded by now stays: the garbage collector need not look through it again and again, which was a quarter
    of the work of a short request."""
    if worker.age == 1:
        tell_of_demo_logins(worker.log)
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)
    # A short answer asks database and cache some times, and would wait 5 ms after each for a thread that makes a page.
    sys.setswitchinterval(0.001)
    if not settings.REDIS_URL:
        threading.Thread(target=sweep_for_ever, args=(threading.Event(),), name="sweep", daemon=True).start()
