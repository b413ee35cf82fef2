"""What so many counties are called."""

import pytest

from areas.models import Area
from areas.names import counted


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([Area.Kind.COUNTY, Area.Kind.COUNTY_LEVEL_CITY], "14个县（市）"),
        (["county", "district"], "14个县（市、区）"),
        ([], "14个县（市）"),
    ],
)
def test_districts_are_named_where_there_are_any(kinds, words):
    assert counted(14, kinds) == words
