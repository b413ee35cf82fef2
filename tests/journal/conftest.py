import os

import pytest

from tests.test_stack import Site, own_database


@pytest.fixture
def office(postgresql_url, tmp_path):
    """The demonstration in a PostgreSQL of its own, assessed."""
    with own_database(postgresql_url) as database_url:
        wiring = {"DATABASE_URL": database_url, "REDIS_URL": "", "EMAIL_HOST": "", "VAR_DIR": str(tmp_path)}
        wiring |= {"SECRET_KEY": "x" * 50, "LOG_FORMAT": "line", "SWEEP_SECONDS": "30"}
        site = Site(os.environ | wiring | {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}, tmp_path)
        site.run("manage.py", "migrate", "--verbosity", "0")
        site.run("manage.py", "load_demo", "--today", "2026-03-22")
        yield site
