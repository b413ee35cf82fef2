"""The site's own settings on throw-away ground: SQLite in memory unless DATABASE_URL names another database,
nothing written outside a temporary directory, tasks in the process."""

import atexit
import os
import shutil
import sys
import tempfile

GIVEN_DATABASE_URL = os.environ.get("DATABASE_URL", "")
GIVEN_REDIS_URL = os.environ.get("REDIS_URL", "")

_directory = tempfile.mkdtemp(prefix="county_urbanization-tests-")
atexit.register(shutil.rmtree, _directory, ignore_errors=True)
# Kept, whatever the machine says: else every process that a test starts compiles the site's 600 modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Set, never merely unset: a developer's .env fills what is unset.
os.environ.update(
    VAR_DIR=_directory,
    SECRET_KEY="a fixed key for tests and nothing else, long enough to be taken",
    DATABASE_URL=GIVEN_DATABASE_URL or f"sqlite:///{_directory}/db.sqlite3",
    REDIS_URL="",
    DEBUG="false",
    HTTPS="false",
    DEMO_PASSWORD="",
    EMAIL_HOST="",
    ALLOWED_HOSTS="localhost,127.0.0.1,[::1],testserver",
)

from county_urbanization.settings import *  # noqa: E402, F403  (only now the environment is what tests want)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_EAGER_PROPAGATES = True
FINISHED_PAGE_SECONDS = 0  # what is tested of a page is tested of one just made
LONG_AT_ONCE = 0  # a test client closes no answer that it does not read
KEPT_ANSWERS = 0  # and so with the API
TOKEN_USAGE_SECONDS = 0  # counted in the test, by no thread that outlives it
AUDIT_APPEND_ONLY = False  # tests that commit empty every table afterwards
