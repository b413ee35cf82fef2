"""The ways in by the office's own single sign-on: to the provider, and back."""

import logging
import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.arrivals import arrive
from identity import cas, oidc
from identity.arrival import NotTaken, providers
from identity.entry import take_first_proof
from journal.middleware import Event, note

log = logging.getLogger(__name__)
TARGET, SENT_TO_CAS = "target", "cas_state"


def _remember_target(request) -> None:
    target = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    request.session[TARGET] = target if is_ours else "/"


def _require(provider: str) -> None:
    if provider not in providers():
        raise Http404


def _refused(request, refusal: NotTaken):
    log.warning("A way in was refused: %s", refusal.__cause__ or refusal)
    note(request, Event("login_failed", "?", None))
    messages.error(request, refusal.words)
    return redirect("login")


def _come_in(request, arrival_of):
    """The account of who arrives; then as after a password."""
    try:
        user = arrive(arrival_of())
    except NotTaken as refusal:
        return _refused(request, refusal)
    return take_first_proof(request, user, request.session.get(TARGET, "/"))


@never_cache
@login_not_required
@require_safe
def oidc_login(request):
    """To the provider of OpenID Connect."""
    _require("oidc")
    _remember_target(request)
    try:
        return oidc.to_login(request, request.build_absolute_uri(reverse("oidc_back")))
    except NotTaken as refusal:
        return _refused(request, refusal)


@never_cache
@login_not_required
@require_safe
def oidc_back(request):
    """Back from there, with a code."""
    _require("oidc")
    return _come_in(request, lambda: oidc.arrived(request))


@never_cache
@login_not_required
@require_safe
def cas_login(request):
    """To the CAS server; and back from there, with a ticket, in the browser that was sent. The address that a ticket is
    made for carries a word of that browser's session: a ticket of somebody else's is good for none other."""
    _require("cas")
    here = request.build_absolute_uri(reverse("cas"))
    ticket, given = request.GET.get("ticket", ""), request.GET.get("state", "")
    sent = request.session.pop(SENT_TO_CAS, "")
    if not ticket or not sent or not constant_time_compare(given, sent):
        _remember_target(request)
        request.session[SENT_TO_CAS] = secrets.token_urlsafe(16)
        return redirect(cas.login_address(f"{here}?state={request.session[SENT_TO_CAS]}"))
    return _come_in(request, lambda: cas.arrived(ticket, f"{here}?state={sent}"))
