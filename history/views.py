"""The journal's pages: the change feed, its files, the recomputes, the audit log."""

from django.shortcuts import render

from figures.asked import Asked
from figures.picture import Picture
from figures.words.journal_words import ACTION_NAMES
from history import audit, feed
from indicators.models import RecomputeRun
from journal.models import Change, PendingRecompute
from lib.tabular.exports import table_response
from lib.web import filters


def changes(request):
    """What happened to official figures, the newest first."""
    picture = Picture(Asked.from_request(request), request.user)
    page = filters.page_of(feed.wanted(picture, request.GET), request.GET)
    context = {
        "picture": picture,
        "page": page,
        "lines": list(feed.lines(picture, page)),
        "kinds": feed.kind_choices(),
        "series": Change.Series.choices,
        "is_filtered": any(request.GET.get(name) for name in feed.FILTERS),
        "may_read_audit": audit.may_read(request.user),
        "exports": "changes",
    }
    return render(request, "history/changes.html", context)


def changes_file(request, kind):
    """The whole filtered feed."""
    picture = Picture(Asked.from_request(request), request.user)
    header, rows = feed.table(picture, feed.wanted(picture, request.GET))
    return table_response(kind, "changes", header, rows, notes=feed.notes(picture, request.GET))


def audit_log(request):
    """Who wrote what, when and from where: to city staff all of it, to a county its own."""
    picture = Picture(Asked(), request.user)
    page = filters.page_of(audit.wanted(picture, request.GET), request.GET)
    context = {
        "picture": picture,
        "page": page,
        "lines": list(audit.lines(picture, page)),
        "actions": ACTION_NAMES.items(),
        "areas": audit.areas(picture).items(),
        "is_filtered": any(request.GET.get(name) for name in audit.FILTERS),
        "may_read_audit": True,
    }
    return render(request, "history/audit_log.html", context)


def recompute_runs(request):
    """Large recomputes, the newest first: how far the one under way has come, what the others did."""
    rows = RecomputeRun.objects.visible_to(request.user).with_progress().order_by("-id")
    context = {
        "picture": Picture(Asked(), request.user),
        "page": filters.page_of(rows, request.GET),
        "waiting": PendingRecompute.objects.count(),
        "running": rows.filter(state=RecomputeRun.State.RUNNING).count(),
        "may_read_audit": audit.may_read(request.user),
    }
    return render(request, "history/recompute_runs.html", context)
