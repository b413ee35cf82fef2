"""What the pages of judged numbers depend on, for the page cache."""

from django.db.models import QuerySet

from accounts.models import User
from journal.models import Stamp
from messaging.news import news_state
from pagecache.pages import Page, by_role, by_role_and_office
from pagecache.value_cache import NO_FEED

FIGURES = Page(by_role, NO_FEED)
# On no page that is kept; how many of them wait stands beside whose turn it is.
TO_DO = ("matters.matter", "matters.remark", "pulling.source")


def _own_state(user: User) -> list[tuple[str, QuerySet, str]]:
    """What the reader's own part of the overview depends on: the news, and what waits."""
    return [*news_state(user), ("own-to-do", Stamp.objects.filter(topic__in=TO_DO), "at")]


CACHED = {
    "overview": Page(by_role, NO_FEED, tells_turn=True, own_rows=_own_state),
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
