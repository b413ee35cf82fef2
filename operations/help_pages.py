"""The guide and the description of the API, as pages of the site."""

import re
from html import unescape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markdown import Markdown

from lib.refusals import KINDS


def guide(request, name="guide"):
    """docs/guide.md or docs/api.md; pictures and the client are static files."""
    text = settings.GUIDE_FILES[name].read_text(encoding="utf-8")
    text = re.sub(r"\((?:\.\./)?((?:pictures|clients)/[^)]+)\)", lambda found: f"({static('guide/' + found[1])})", text)
    reader = Markdown(extensions=["fenced_code", "sane_lists", "tables", "toc"])
    shown = reader.convert(text)
    contents = [(part["id"], unescape(part["name"])) for part in _parts(reader)]
    shown = re.sub(r'(href="[^"]*/clients/(\w+)[^"]*\.py")', r'\1 download="\2.py"', shown)
    shown = shown.replace("<pre>", '<pre tabindex="0">')  # what scrolls is reached by keys
    ours = mark_safe(shown)  # nosec B308 B703  # a document of ours, no word of a user's
    return render(request, "operations/guide.html", {"guide": ours, "name": name, "contents": contents})


def _parts(reader: Markdown) -> list[dict]:
    """The parts of the document that was just read, below its title."""
    titles = reader.toc_tokens
    return [part for title in titles for part in title["children"]]


@login_not_required
@require_safe
def api_guide(request):
    """How to read and write by a program; open, for who comes from outside has no login to read it with."""
    return guide(request, "api")


@login_not_required
@require_safe
def api_docs(request):
    """The API's description, to read and to try; it holds no data, so it is open."""
    return render(request, "operations/api_docs.html")


@login_not_required
def problem_kinds(request):
    """Every kind of refusal with its address; open, as the description of the API is."""
    return render(request, "operations/problems.html", {"kinds": KINDS.values()})


@login_not_required
def problem_kind(request, name):
    """What the `type` of a problem says: the page at the address that it is."""
    if name not in KINDS:
        raise Http404(_("没有名为 {name} 的错误类型；全部类型见 /problems/。").format(name=name))
    return render(request, "operations/problem.html", {"kind": KINDS[name]})
