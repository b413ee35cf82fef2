"""What is new, on the overview."""

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from messaging.news import News, news_of
from pagecache.release import release
from pagecache.request_state import page_state
from pagecache.value_cache import HOUR, keep, named, recall

register = template.Library()


@register.simple_tag(takes_context=True)
def whats_new(context, user) -> News | None:
    """The reader's three lines; None where nothing is new. Made once for each state of what they are made of, where
    the page cache has asked for it: a finished page costs no query more."""
    state = page_state(context["request"])
    if not state.data:
        return news_of(user, timezone.now())
    name = named("news", release(), user.pk, timezone.localdate(), get_language(), state.data)
    found = recall(name)
    if found is None:
        found = (news_of(user, timezone.now(), unread=state.unread),)
        keep(name, found, HOUR)
    return found[0]
