"""What the page of changes depends on, for the page cache."""

from pagecache.pages import Page, by_unit
from pagecache.value_cache import UNSEEN

CACHED = {"changes": Page(by_unit, UNSEEN)}
