"""The second step of the login, the own second factors, and their reset by two people."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from identity.entry import come_in, pending, settle_owed
from identity.factor_actions import (
    ASKERS,
    SETTLERS,
    CodeOutcome,
    add_passkey,
    ask_factor_reset,
    begin_totp,
    confirm_totp,
    remove_passkey,
    remove_totp,
    renew_codes,
    settle_factor_reset,
    spend_code,
)
from identity.factors import codes_left, has_factor, needs_factor, picture_of
from identity.models import FactorReset, SecondFactor
from identity.passkeys import asked_to_make, asked_to_sign, made
from identity.proofs import by_passkey, can_type_password, not_signed, take_proof, words_of
from journal.middleware import Event, note
from lib.refusals import Refused


@never_cache
@login_not_required
def second_factor(request):
    """Who has given the password gives the second factor too, and is in."""
    half = pending(request)
    if half is None:
        return redirect("login")
    words = ""
    if request.method == "POST" and request.POST.get("passkey"):
        if by_passkey(request, half.user, "passkey"):
            return come_in(request, half.user, half.target, by_password=half.by_password)
        note(request, Event("login_failed", half.user.username, None))
        words = not_signed()
    elif request.method == "POST":
        outcome = spend_code(user=half.user, code=request.POST.get("code", "")[:40])
        if outcome is CodeOutcome.TAKEN:
            return come_in(request, half.user, half.target, by_password=half.by_password)
        note(request, Event("login_failed", half.user.username, None))
        words = words_of(outcome, half.user)
    context = {"words": words, "options": asked_to_sign(request, half.user)}
    return render(request, "identity/second_factor.html", context)


@never_cache
@require_POST
def prove(request):
    """Who is in proves himself before he chooses a file again: the page that asked could not keep it."""
    address = request.POST.get("address", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        address = "/"
    proof = take_proof(request)
    if proof.is_taken:
        messages.info(request, _("身份已确认。请重新选择文件，再提交一次。"))
        return HttpResponseRedirect(address)  # `redirect` would take a word for the name of a page
    context = {"has_files": True, "address": address, "words": proof.words, "by_code": has_factor(request.user)}
    context |= {"has_password": can_type_password(request), "options": asked_to_sign(request, request.user)}
    return render(request, "identity/ask_again.html", context)


@never_cache
def factors(request):
    """What I have beside the password."""
    return _factors_page(request)


def _factors_page(request, *, words="", codes=()):
    factor = SecondFactor.objects.filter(user=request.user).first()
    context = {
        "totp_at": factor.totp_at if factor else None,
        "codes_left": codes_left(request.user),
        "codes": codes,
        "passkeys": request.user.passkeys.all(),
        "options": asked_to_make(request, request.user),
        "is_needed": needs_factor(request.user),
        "has_factor": has_factor(request.user),
        "may_reset": request.user.role in ASKERS or request.user.role in SETTLERS,
        "words": words,
    }
    return render(request, "identity/factors.html", context)


@never_cache
@require_POST
def factor_totp(request):
    """First the secret as a picture; then, with a code, it counts."""
    code = request.POST.get("code", "")
    try:
        secret = begin_totp(by=request.user)
        if not code:
            return _totp_page(request, secret)
        codes = confirm_totp(code=code[:20], by=request.user)
    except Refused as refusal:
        if code:
            return _totp_page(request, begin_totp(by=request.user), refusal.words)
        messages.error(request, refusal.words)
        return redirect("factors")
    settle_owed(request, "factor")
    messages.success(request, _("动态口令已启用，下次登录起要输入。"))
    return _factors_page(request, codes=codes)


def _totp_page(request, secret, words=""):
    grouped = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    context = {"qr": picture_of(secret, request.user), "secret": grouped, "words": words}
    return render(request, "identity/totp.html", context)


@require_POST
def factor_totp_end(request):
    remove_totp(by=request.user)
    messages.success(request, _("动态口令已停用。"))
    return redirect("factors")


@never_cache
@require_POST
def passkey_new(request):
    """The browser has made a key for this site."""
    credential = made(request, request.POST.get("passkey", ""))
    try:
        if credential is None:
            raise Refused(_("没有登记成：浏览器的答复不能用，请再试一次。"))
        codes = add_passkey(credential=credential, name=request.POST.get("name", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect("factors")
    settle_owed(request, "factor")
    messages.success(request, _("通行密钥已登记，下次登录起可以用。"))
    return _factors_page(request, codes=codes)


@require_POST
def passkey_end(request, pk):
    remove_passkey(key=get_object_or_404(request.user.passkeys, pk=pk), by=request.user)
    messages.success(request, _("通行密钥已停用。"))
    return redirect("factors")


@never_cache
@require_POST
def factor_codes(request):
    """New recovery codes, shown this once."""
    if not has_factor(request.user):
        raise Http404
    return _factors_page(request, codes=renew_codes(by=request.user))


# Taken away by two people -------------------------------------------------------------------------


@never_cache
def factor_resets(request):
    """Resets that wait for a second person, and the form that asks for one."""
    if request.user.role not in {*ASKERS, *SETTLERS}:
        raise Http404
    typed = {"username": "", "reason": ""}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "").strip()[:200] for name in typed}
        try:
            _ask(request, typed)
        except Refused as refusal:
            messages.error(request, refusal.words)
        else:
            return redirect("factor_resets")
    rows = list(FactorReset.objects.select_related("user")[:50])
    others = [row for row in rows if request.user.pk not in {row.asked_by_id, row.user_id}]
    open_to_me = [row.pk for row in others if row.settled_at is None and request.user.role in SETTLERS]
    return render(
        request,
        "identity/resets.html",
        {"resets": rows, "open_to_me": open_to_me, "typed": typed, "may_ask": request.user.role in ASKERS},
    )


def _ask(request, typed):
    person = User.objects.filter(username=typed["username"], is_service=False).first()
    if person is None:
        raise Refused(_("没有这个用户名：{name}。").format(name=typed["username"] or "–"))
    ask_factor_reset(user=person, reason=typed["reason"], by=request.user)
    messages.success(request, _("已提出，等另一位管理员同意。"))


@require_POST
def factor_reset_settle(request, pk):
    """The other of two agrees, or not."""
    if request.user.role not in SETTLERS:
        raise Http404
    agreed = request.POST.get("answer") == "agree"
    try:
        settle_factor_reset(reset=get_object_or_404(FactorReset, pk=pk), agreed=agreed, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        words = _("已同意：此人用密码登录后重新设置第二因子。") if agreed else _("已记为不同意，第二因子不变。")
        messages.success(request, words)
    return redirect(reverse("factor_resets"))
