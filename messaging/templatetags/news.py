"""What is new, on the overview."""

from django import template
from django.utils import timezone

from messaging.news import News, news_of

register = template.Library()


@register.simple_tag
def whats_new(user) -> News | None:
    """The reader's three lines; None where nothing is new."""
    return news_of(user, timezone.now())
