"""The guide and the description of the API, as pages of the site."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.safestring import mark_safe
from markdown import markdown


def guide(request, name="guide"):
    """docs/guide.md or docs/api.md; pictures and the client are static files."""
    text = settings.GUIDE_FILES[name].read_text(encoding="utf-8")
    text = re.sub(r"\((?:\.\./)?((?:pictures|clients)/[^)]+)\)", lambda found: f"({static('guide/' + found[1])})", text)
    shown = markdown(text, extensions=["fenced_code", "sane_lists", "tables", "toc"])
    shown = re.sub(r'(href="[^"]*/clients/(\w+)[^"]*\.py")', r'\1 download="\2.py"', shown)
    shown = shown.replace("<pre>", '<pre tabindex="0">')  # what scrolls is reached by keys
    ours = mark_safe(shown)  # nosec B308 B703  # a document of ours, no word of a user's
    return render(request, "operations/guide.html", {"guide": ours, "name": name})


@login_not_required
def api_docs(request):
    """The API's description, to read and to try; it holds no data, so it is open."""
    return render(request, "operations/api_docs.html")
