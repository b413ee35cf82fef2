"""What Django has no word for, and what the driver raises meanwhile."""

from io import BytesIO, StringIO

import environ
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from lib.database import driver
from tests.offices import execute

pytestmark = pytest.mark.stack
COPIES = {
    "in": lambda cursor: driver.copy_in(cursor, "a", ["b"], StringIO("1"), driver.TEXT),
    "out": lambda cursor: driver.copy_out(cursor, "SELECT %s", (1,), BytesIO(), driver.TEXT),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_database_that_went_away_is_told_in_django_s_own_error(postgresql_url, django_db_blocker, way):
    """The pages answer that one with 503, and the driver's own with 500."""
    with django_db_blocker.unblock():
        connection = ConnectionHandler({"default": environ.Env.db_url_config(postgresql_url)})["default"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            execute(postgresql_url, "SELECT pg_terminate_backend(%s)", *cursor.fetchone())
            with pytest.raises(OperationalError):
                COPIES[way](cursor)
        assert not connection.is_usable()
        connection.close()
