"""What the pages of the plan and its promises depend on, for the page cache."""

from pagecache.pages import Page, by_unit
from pagecache.value_cache import NO_FEED

CACHED = {
    "plan": Page(by_unit, NO_FEED),
    "commitments": Page(by_unit, NO_FEED),
    "commitment": Page(by_unit, NO_FEED),
}
