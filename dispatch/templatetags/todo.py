"""How much waits for the reader, beside whose turn it is."""

from django import template
from django.utils import timezone

from dispatch.todo import todo_of
from pagecache.release import release
from pagecache.request_state import page_state
from pagecache.value_cache import HOUR, keep, named, recall

register = template.Library()


@register.simple_tag(takes_context=True)
def todo_number(context, user) -> int:
    """Counted once for each state of what it is made of, where the page cache has asked for it: a finished page costs
    no query more."""
    state, today = page_state(context["request"]), timezone.localdate()
    if not state.data:
        return len(todo_of(user, today))
    name = named("todo", release(), user.pk, today, state.data)
    found = recall(name)
    if found is None:
        found = (len(todo_of(user, today)),)
        keep(name, found, HOUR)
    return found[0]
