"""What the pages of judged numbers depend on, for the page cache."""

from messaging.news import news_state
from pagecache.pages import Page, by_role, by_role_and_office
from pagecache.value_cache import NO_FEED

FIGURES = Page(by_role, NO_FEED)
CACHED = {
    "overview": Page(by_role, NO_FEED, tells_turn=True, own_rows=news_state),
    "county": FIGURES,
    "county_causes": FIGURES,
    "compare": FIGURES,
    "indicators": FIGURES,
    "trust": FIGURES,
    "realism": FIGURES,
    "indicator": Page(by_role, NO_FEED, indicator="code"),
    "cell": Page(by_role_and_office, NO_FEED),  # rules hold its number against those of other rows
    "cell_causes": Page(by_role, NO_FEED, indicator="indicator"),
}
