"""What the pages of money depend on, for the page cache: their year is the latest that every county has reported."""

from pagecache.pages import Page, by_unit
from pagecache.value_cache import NO_FIGURES

MONEY = Page(by_unit, NO_FIGURES, tells_pending=False)
CACHED = {"funding": MONEY, "flows": MONEY}
