import pytest

from tests.offices import Office, own_database


@pytest.fixture
def office(postgresql_url, demo_database, tmp_path):
    """The demonstration in a PostgreSQL of its own, assessed."""
    with own_database(postgresql_url, template=demo_database) as database_url:
        yield Office.on(database_url, tmp_path, LOG_FORMAT="line")
