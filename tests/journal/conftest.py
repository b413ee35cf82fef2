import os
import subprocess
import sys
from secrets import token_urlsafe

import pytest

from tests.test_stack import ROOT, Site, own_database


@pytest.fixture
def office(postgresql_url, tmp_path):
    """The demonstration in a PostgreSQL of its own, assessed."""
    with own_database(postgresql_url) as database_url:
        wiring = {"DATABASE_URL": database_url, "REDIS_URL": "", "EMAIL_HOST": "", "VAR_DIR": str(tmp_path)}
        wiring |= {"SECRET_KEY": token_urlsafe(50), "LOG_FORMAT": "line"}
        site = Site(os.environ | wiring | {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}, tmp_path)
        for words in (["migrate", "--verbosity", "0"], ["load_demo", "--today", "2026-03-22"]):
            command = [sys.executable, "manage.py", *words]
            subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, timeout=300, check=True)
        yield site
