"""The page on which a unit's people make, watch and revoke its access tokens."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Q, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from access.actions import confirm_token, create_token, revoke_token
from access.forms import TokenForm
from accounts import usage
from accounts.models import AccessToken, Organisation
from journal.once import carried_out_once, mark_done
from lib.refusals import Refused

USAGE_DAYS = 30


def may_manage(user) -> bool:
    """Everybody who acts for a unit, and administrators; leaders read."""
    return user.manages_tokens or user.own_unit_id is not None


@carried_out_once
@never_cache
def tokens(request):
    """My unit's tokens, those that have ended too; a POST makes one and shows it this once. Whoever sends the same form
    again is told of it without its text, which is kept nowhere."""
    if not may_manage(request.user):
        raise Http404
    form, made, text = TokenForm(request.POST or None, units=_units(request.user)), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, text = create_token(**form.cleaned_data, by=request.user)
            form = TokenForm(units=_units(request.user))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    listed = _listed(request.user)
    waiting = [token for token in listed if token.state == "valid" and token.awaits_consent]
    context = {"form": form, "made": made, "text": text, "tokens": listed, "waiting": waiting, "days": USAGE_DAYS}
    response = render(request, "access/tokens.html", context)
    if made:
        words = _("“{name}”已生成，密文只在那一页显示一次。没有看到的话，请作废它，再生成一个。")
        mark_done(response, reverse("tokens"), said=words.format(name=made.name))
    return response


def token_usage(request, key):
    """One token's calls by day, endpoint and outcome."""
    token = _token(request, key)
    usage.flush()
    rows = token.usage.filter(on__gt=_since())
    return render(request, "access/token_usage.html", {"token": token, "rows": rows, "days": USAGE_DAYS})


@require_POST
def token_revoke(request, key):
    token = _token(request, key)
    try:
        revoke_token(token=token, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("“{name}”已作废，从现在起不能再用。").format(name=token.name))
    return redirect("tokens")


@require_POST
def token_confirm(request, key):
    """An administrator agrees to what the token may write."""
    token = _token(request, key)
    try:
        confirm_token(token=token, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已同意“{name}”写入，从现在起可以用。").format(name=token.name))
    return redirect("tokens")


def _token(request, key) -> AccessToken:
    return get_object_or_404(AccessToken.objects.visible_to(request.user).select_related("organisation"), key=key)


def _units(user):
    if user.manages_tokens:
        return Organisation.objects.all()
    return Organisation.objects.filter(pk=user.own_unit_id)


def _since():
    return timezone.localdate() - timedelta(days=USAGE_DAYS)


def _listed(user) -> list[AccessToken]:
    """Those in force first, each with `calls` of the last days and `state`."""
    usage.flush()
    recent = Sum("usage__calls", filter=Q(usage__on__gt=_since()))
    rows = list(AccessToken.objects.visible_to(user).select_related("organisation").annotate(calls=recent))
    now = timezone.now()
    for row in rows:
        row.state = _state(row, now)
        row.ends_soon = row.state == "valid" and row.ends_at <= now + timedelta(days=30)
    return sorted(rows, key=lambda row: row.state != "valid")


def _state(token: AccessToken, now: datetime) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.ends_at <= now else "valid"
