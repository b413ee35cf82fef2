"""What the pages of projects depend on, for the page cache."""

from pagecache.pages import Page, by_unit
from pagecache.value_cache import NO_FIGURES

PROJECTS = Page(by_unit, (*NO_FIGURES, "indicators.reportingyear"), tells_pending=False)
CACHED = {"projects": PROJECTS, "project": PROJECTS}
