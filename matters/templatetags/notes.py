"""Words on a thing, shown on its own page where that page is made for each reader."""

from django import template

from matters.models import Remark

register = template.Library()


@register.inclusion_tag("matters/_notes_about.html", takes_context=True)
def notes_about(context, kind, *key):
    """What the reader may see of what was said about a thing, the oldest first; nothing for a page without a reader."""
    rows = Remark.objects.visible_to(context["request"].user).filter(about_kind=kind, about_key="/".join(map(str, key)))
    return {"notes": rows.prefetch_related("units", "persons").order_by("at", "id")}
