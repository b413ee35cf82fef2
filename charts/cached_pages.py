"""What the pages and pictures of this room depend on, for the page cache: judged figures, and on a map the projects."""

from pagecache.pages import Page, by_role
from pagecache.value_cache import NO_FEED

FIGURES = Page(by_role, NO_FEED)
CACHED = {
    "map": FIGURES,
    "explore": FIGURES,
    "map_file": FIGURES,
    "path_file": FIGURES,
    "gaps_file": FIGURES,
    "status_file": FIGURES,
    "explore_chart": FIGURES,
    "compare_chart": FIGURES,
}
