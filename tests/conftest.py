"""Data and servers that tests share. What the database holds at the beginning of a test is a world (tests/worlds.py).

`plan`      the plan's known facts, assessed, nothing pending
`demo`      the demonstration as on 2026-03-22, assessed, nothing pending; its password is "demo"
`login`     login("tonglu") → a client of that demonstration login
`clients`   clients["tonglu"], clients[None] (nobody): made when asked for, one for each login
`objects`   objects["project"], …: what stands for it in an address, of Chun'an where a county has a say
`static_files`   where they lie, once for all processes of a run
`site`      the address of a served demonstration, the module's own; `environment` is that of its commands
`migrated_database`, `demo_database`   PostgreSQL databases to be copied: `own_database(url, template=…)`
`postgresql_url`, `valkey_url`   real servers: DATABASE_URL and REDIS_URL where set, else started from wheels
"""

import os
from datetime import date

import pytest
from _pytest import runner
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from areas.models import Area
from commitments.actions import state_commitment
from commitments.models import Commitment
from funding.models import Flow
from indicators.recomputes.recompute import sweep_pending
from lib.frame_room import with_room
from matters.models import MatterFile
from messaging.actions import draw_threshold
from messaging.models import Delivery, Endpoint, Message
from messaging.subscribing import register_endpoint
from peers.models import ReferenceSource
from plan.models import WorkItem
from plan.work import state_progress
from projects.models import Project
from pulling.models import Run, Source
from reporting import background
from reporting.checks import movements
from reporting.entries.evidence import attach_evidence
from reporting.models import Entry
from seeding.demonstration.loading import load_demo
from seeding.plan_files.loading import load_plan
from tests.interpreter import forget_what_is_loaded
from tests.offices import Office, own_database
from tests.scheduling import GroupScheduling, place_of
from tests.servers import collect_static, copy_site, once_in_a_run, prepare_site, served, site_environment
from tests.worlds import Images, drop_templates, lay_tables, world, world_of
from tools.services import postgresql, valkey

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
DEMO_DAY = date(2026, 3, 22)
COMMITTING = {"transactional_db", "live_server"}  # fixtures of tests that do not roll back


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """The world of each test, and the longest things first in whatever order; what is alike stays in its order."""
    for item in items:
        if world_of(item):
            item.fixturenames.insert(0, "_world")
    yield
    items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return GroupScheduling(config, log)


def pytest_xdist_auto_num_workers():
    """One more than cores: the group of the stack waits for servers most of its time."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_finish():
    forget_what_is_loaded()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """pytest's own way, with room for its frames."""
    return with_room(runner.pytest_runtest_protocol, item, nextitem)


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """On SQLite an empty database in memory, which the worlds fill; elsewhere as pytest-django makes it."""
    if connection.vendor != "sqlite":
        request.getfixturevalue("django_db_setup")
        return
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = connection.creation._get_test_db_name()
        connection.ensure_connection()


@pytest.fixture(scope="session")
def _images(django_db_setup, django_db_blocker):
    images = Images()
    yield images
    with django_db_blocker.unblock():
        drop_templates(images)


@pytest.fixture
def _world(request, _images, django_db_blocker):
    """The first fixture of every test that reads the database."""
    with django_db_blocker.unblock():
        _images.put(world_of(request.node))
    yield
    if COMMITTING & set(request.fixturenames):
        _images.spoil()


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Each test begins without finished pages, counts and what this process keeps by the state of the data: those of
    another test's data would look the same."""
    cache.clear()
    background.KEPT.clear()
    movements.KEPT.clear()


@world("plan", base="empty")
def _load_plan():
    load_plan(settings.PLAN_FILE)
    sweep_pending()


@world("demo", base="empty")
def _load_demo():
    load_demo(today=DEMO_DAY, password="demo")
    sweep_pending()


@world("objects", base="demo")
def _make_objects():
    """One of each thing that has an address of its own, by what the address calls it."""
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
    proof = MatterFile.objects.select_related("step__matter").get(step__matter__owner__code="330127-DRC")
    program = a_program(by)
    return {
        "matter": proof.step.matter.code,
        "matter_file": proof.pk,
        "own_task": item.code,
        "task_file": told.files.get().pk,
        "evidence": attach_evidence(entry=entry, name="证明.pdf", content=PDF, by=by).pk,
        "task": WorkItem.objects.order_by("pk").values_list("code", flat=True).first(),
        "commitment": promise.code,
        "webhook": program.uid,
        "pull": a_source(by).uid,
        "statement": statement.pk,
        "project": project.code,
        "source": ReferenceSource.objects.in_force().first().pk,
        "flow": Flow.objects.filter(area="330127", corrects=None).first().pk,
    }


def a_source(by: User) -> Source:
    """One that the bureau's rows are fetched from, and what became of it the first time."""
    at, columns = timezone.now(), {"indicator": "item", "value": "val"}
    values = {"name": "住建数据库", "kind": "sqlite", "address": "housing.sqlite3", "table": "numbers"}
    source = Source.objects.create(
        **values, uid="p" * 12, organisation=by.organisation, columns=columns, created_at=at, next_at=at, acts_as=by
    )
    line = {"indicator": "P02", "name": "供水普及率", "old": "95", "new": "96", "unit": "%", "judgement": "达到目标"}
    Run.objects.create(
        source=source, at=at, is_dry=True, outcome="saved", year=2025, rows_read=1, lines=[line | {"findings": []}]
    )
    return source


def a_program(by: User) -> Endpoint:
    """A program of the bureau's with a dead letter, and a line that the leader has drawn."""
    unit, at = by.organisation, timezone.now()
    found = {"name": "住建系统", "url": "https://example.org/x", "organisation": unit}
    program, _secret = register_endpoint(**found, wants_notices=True, by=by)
    words = {"title": "催办：任务", "words": "请办理", "by_name": "市发改委", "kind": "press"}
    message = Message.objects.create(cause="x", organisation=unit, at=at, **words)
    times = {"created_at": at, "due_at": at, "state_at": at}
    Delivery.objects.create(
        message=message, channel="webhook", receiver=program.uid, endpoint=program, state="dead", error="500", **times
    )
    line = {"subject": "indicator", "area_id": "330127", "indicator": "P02", "side": "below", "limit": 90}
    draw_threshold(values=line, by=User.objects.get(username="leader"))
    return program


@pytest.fixture
def plan(db):
    """What `load_plan` knows, and nothing more."""


@pytest.fixture
def demo(db):
    """The demonstration on DEMO_DAY."""


@pytest.fixture
def objects(demo, _images):
    """name: what stands for it in an address. Where a county has a say, Chun'an's."""
    return dict(_images.notes["objects"])


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


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory):
    """One for all processes of a run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def static_files(run_directory):
    """The directory of the site's static files, collected once in a run; nobody writes there."""
    return once_in_a_run(run_directory, "collected", collect_static) / "static"


@pytest.fixture(scope="session")
def prepared_site(static_files, tmp_path_factory):
    """The files of a site that is ready to be served; modules that change something serve a copy."""
    directory = tmp_path_factory.mktemp("prepared")
    lay_tables(directory / "db.sqlite3")
    prepare_site(directory, static_files)
    return directory


@pytest.fixture(scope="module")
def environment(prepared_site, tmp_path_factory):
    """The environment of the module's own site, and of the commands beside it."""
    directory = tmp_path_factory.mktemp("site")
    copy_site(prepared_site, directory)
    return site_environment(directory)


@pytest.fixture(scope="module")
def site(environment):
    """The address of a server of the demonstration as `make run` starts it."""
    with served(environment) as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_url():
    """DATABASE_URL of a PostgreSQL; tests make databases of their own on it."""
    if settings.GIVEN_DATABASE_URL.startswith("postgres"):
        yield settings.GIVEN_DATABASE_URL
    else:
        with postgresql() as url:
            yield url


@pytest.fixture(scope="session")
def migrated_database(postgresql_url, tmp_path_factory):
    """The address of a PostgreSQL database with all tables and no row: a template to be copied."""
    with own_database(postgresql_url) as address:
        Office.on(address, tmp_path_factory.mktemp("migrated")).run("manage.py", "migrate", "--verbosity", "0")
        yield address


@pytest.fixture(scope="session")
def demo_database(postgresql_url, migrated_database, tmp_path_factory):
    """The same with the demonstration on DEMO_DAY, assessed, nothing pending."""
    with own_database(postgresql_url, template=migrated_database) as address:
        office = Office.on(address, tmp_path_factory.mktemp("demo"), DEMO_PASSWORD="demo")
        office.run("manage.py", "load_demo", "--today", DEMO_DAY.isoformat(), "--verbosity", "0")
        assert office.pending() == []
        yield address


@pytest.fixture(scope="session")
def valkey_url():
    """REDIS_URL of a Redis-protocol server."""
    if settings.GIVEN_REDIS_URL:
        yield settings.GIVEN_REDIS_URL
    else:
        with valkey() as url:
            yield url
