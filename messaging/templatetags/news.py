"""What is new, on the overview."""

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from messaging.news import News, news_of
from pagecache.request_state import page_state
from pagecache.value_cache import kept_for_reader

register = template.Library()


@register.simple_tag(takes_context=True)
def whats_new(context, user) -> News | None:
    """The reader's three lines; None where nothing is new."""
    unread = page_state(context["request"]).unread
    return kept_for_reader(context, user, lambda: news_of(user, timezone.now(), unread=unread), "news", get_language())
