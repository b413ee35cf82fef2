"""Data and servers that tests share.

`plan`      the plan's known facts, assessed, nothing pending
`demo`      the demonstration as on 2026-03-22, assessed, nothing pending; its password is "demo"
`login`     login("tonglu") → a client of that demonstration login
`clients`   clients["tonglu"], clients[None] (nobody): made when asked for, one for each login
`objects`   objects["project"], …: what stands for it in an address, of Chun'an where a county has a say
`postgresql_url`, `valkey_url`   real servers: DATABASE_URL and REDIS_URL where set, else started from wheels
"""

from collections.abc import Callable
from datetime import date

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from areas.models import Area
from commitments.actions import state_commitment
from commitments.models import Commitment
from county_urbanization.rooms import ROOMS
from funding.models import Flow
from indicators.recompute import sweep_pending
from plan.models import WorkItem
from plan.work import state_progress
from projects.models import Project
from reporting.evidence import attach_evidence
from reporting.models import Entry
from seeding.demo import load_demo
from seeding.plan_file import load_plan
from tools.services import postgresql, valkey

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
DEMO_DAY = date(2026, 3, 22)
_snapshots: dict[str, dict[str, tuple[list[str], list[tuple]]]] = {}


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Each test begins without finished pages and counts: those of another test's data would look the same."""
    cache.clear()


@pytest.fixture
def plan(db):
    """What `load_plan` knows, and nothing more."""
    _restored("plan", lambda: load_plan(settings.PLAN_FILE))


@pytest.fixture
def demo(db):
    """The demonstration on DEMO_DAY."""
    _restored("demo", lambda: load_demo(today=DEMO_DAY, password="demo"))


@pytest.fixture
def login(demo):
    """login("tonglu"), login("chunan-health"), login("leader"), …: a client of its own at each call."""

    def client_of(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    return client_of


@pytest.fixture
def clients(login):
    """clients["tonglu"] is one and the same client all through a test; clients[None] is nobody's."""

    class Clients(dict):
        def __missing__(self, username):
            self[username] = Client() if username is None else login(username)
            return self[username]

    return Clients()


@pytest.fixture
def objects(demo):
    """name: what stands for it in an address. Where a county has a say, Chun'an's."""
    entry = Entry.objects.get(submission__area="330127", indicator="P02")
    by = User.objects.get(username="chunan-housing")
    promise = Commitment.objects.filter(source_kind=Commitment.Source.STATEMENTS).first()
    said = {"standing": "on_track", "words": "已开工", "file": ("证明.pdf", PDF)}
    city = User.objects.get(username="municipal")
    statement = state_commitment(commitment=promise, area=Area.objects.get(code="330127"), by=city, **said)
    project = Project.objects.filter(main_area="330127").first()
    Project.objects.filter(pk=project.pk).update(organisation=by.organisation)
    item = WorkItem.objects.filter(area="330127", state="open").first()
    told = state_progress(item=item, words="已开工", by=city, files=[("证明.pdf", PDF)])
    return {
        "own_task": item.code,
        "task_file": told.files.get().pk,
        "evidence": attach_evidence(entry=entry, name="证明.pdf", content=PDF, by=by).pk,
        "task": WorkItem.objects.order_by("pk").values_list("code", flat=True).first(),
        "commitment": promise.code,
        "statement": statement.pk,
        "project": project.code,
        "flow": Flow.objects.filter(area="330127", corrects=None).first().pk,
    }


@pytest.fixture(scope="session")
def postgresql_url():
    """DATABASE_URL of a PostgreSQL; tests make databases of their own on it."""
    if settings.GIVEN_DATABASE_URL.startswith("postgres"):
        yield settings.GIVEN_DATABASE_URL
    else:
        with postgresql() as url:
            yield url


@pytest.fixture(scope="session")
def valkey_url():
    """REDIS_URL of a Redis-protocol server."""
    if settings.GIVEN_REDIS_URL:
        yield settings.GIVEN_REDIS_URL
    else:
        with valkey() as url:
            yield url


def _restored(name: str, load: Callable[[], object]) -> None:
    """Load once in a session and keep the rows; later tests put the same rows back, ten times as fast."""
    with transaction.atomic():
        if name not in _snapshots:
            load()
            sweep_pending()
            _snapshots[name] = _read_rows()
        else:
            _write_rows(_snapshots[name])


def _tables() -> list[str]:
    """Our tables, referred ones first where the order of the apps tells."""
    return [model._meta.db_table for app in ROOMS if apps.is_installed(app) for model in _models(app)]


def _models(app):
    return apps.get_app_config(app).get_models(include_auto_created=True)


def _read_rows():
    found = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = [column[0] for column in cursor.description], cursor.fetchall()
    return found


def _write_rows(found) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table, (columns, rows) in found.items():
            marks = ", ".join(["%s"] * len(columns))
            names = ", ".join(map(quote, columns))
            cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", rows)
        models = [model for app in ROOMS if apps.is_installed(app) for model in _models(app)]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
