"""The subscriber's pages: a unit's programs, what each was sent, its secret, and the feed once more."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Organisation, User
from journal.once import carried_out_once, mark_done
from lib.numbers import whole
from lib.refusals import Refused
from messaging.feed import head
from messaging.forms import EndpointForm
from messaging.models import Channel, Delivery, Endpoint
from messaging.rights import may_subscribe
from messaging.subscribing import end_endpoint, register_endpoint, renew_secret, replay_changes
from messaging.views import try_and_tell

BY_PAGE = 50


@carried_out_once
@never_cache
def webhooks(request):
    """My unit's programs; a POST registers one and shows its secret this once."""
    if not may_subscribe(request.user):
        raise Http404
    form, made, secret = EndpointForm(request.POST or None, units=_units(request.user)), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = register_endpoint(**form.cleaned_data, by=request.user)
            form = EndpointForm(units=_units(request.user))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    rows = Endpoint.objects.visible_to(request.user).select_related("organisation").order_by("ended_at", "-id")
    context = {"form": form, "made": made, "secret": secret, "endpoints": rows}
    response = render(request, "messaging/webhooks.html", context, status=400 if form.errors else 200)
    if made:
        words = _("“{name}”已登记，密钥只在那一页显示一次。没有看到的话，请到它的页面换一个。")
        mark_done(response, reverse("webhook", args=[made.uid]), said=words.format(name=made.name))
    return response


def webhook(request, uid):
    """One program: what it was sent, and what can be done."""
    return _page(request, _endpoint(request, uid))


def _page(request, endpoint: Endpoint, shown_once: str = ""):
    sent = Delivery.objects.visible_to(request.user).filter(endpoint=endpoint).select_related("message").order_by("-id")
    context = {
        "endpoint": endpoint,
        "secret": shown_once,
        "head": head(),
        "page": Paginator(sent, BY_PAGE).get_page(request.GET.get("page")),
        "dead": sent.filter(state=Delivery.State.DEAD).count(),
    }
    return render(request, "messaging/webhook.html", context)


@require_POST
def webhook_test(request, uid):
    endpoint = _endpoint(request, uid)
    if endpoint.ended_at is not None:
        messages.error(request, _("这个程序已经停用；要再接收，请重新登记。"))
    else:
        try_and_tell(request, Channel.WEBHOOK, endpoint=endpoint)
    return redirect("webhook", uid)


@carried_out_once
@never_cache
@require_POST
def webhook_renew(request, uid):
    """Another secret, shown this once."""
    endpoint = _endpoint(request, uid)
    try:
        secret = renew_secret(endpoint=endpoint, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("webhook", uid)
    response = _page(request, _endpoint(request, uid), secret)
    words = _("密钥已换，新的只在那一页显示一次。没有看到的话，请再换一个。")
    mark_done(response, reverse("webhook", args=[uid]), said=words)
    return response


@require_POST
def webhook_replay(request, uid):
    after = whole(request.POST.get("after", ""))
    try:
        replay_changes(endpoint=_endpoint(request, uid), after=-1 if after is None else after, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已从{n}之后重新排队，几十秒内开始发送。").format(n=after))
    return redirect("webhook", uid)


@require_POST
def webhook_end(request, uid):
    try:
        end_endpoint(endpoint=_endpoint(request, uid), reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已停用，不再发送。"))
    return redirect("webhook", uid)


def _endpoint(request, uid) -> Endpoint:
    rows = Endpoint.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, uid=uid)


def _units(user):
    if user.role == User.Role.ADMINISTRATOR:
        return Organisation.objects.all()
    return Organisation.objects.filter(pk=user.own_unit_id)
