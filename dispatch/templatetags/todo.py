"""How much waits for the reader, beside whose turn it is."""

from django import template
from django.utils import timezone

from dispatch.todo import todo_of
from pagecache.value_cache import kept_for_reader

register = template.Library()


@register.simple_tag(takes_context=True)
def todo_number(context, user) -> int:
    return kept_for_reader(context, user, lambda: len(todo_of(user, timezone.localdate())), "todo")
