"""Pages of a person's messages and of whoever looks after the channels."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Organisation
from journal.once import carried_out_once
from lib.numbers import whole
from lib.refusals import Refused
from messaging import sending
from messaging.actions import (
    draw_threshold,
    drop_letter,
    drop_threshold,
    mark_seen,
    resend_letter,
    save_preference,
    try_channel,
)
from messaging.channels import SENDERS
from messaging.channels.robots import EVERY
from messaging.forms import PreferenceForm, ThresholdForm, line_asked_for
from messaging.models import Channel, Delivery, Message, Preference, Threshold
from messaging.personal import mark_messages_read
from messaging.rights import may_settle, may_watch
from messaging.thresholds import readings_of

OWN_SHOWN = 30
BY_PAGE = 50
PERSONAL = (Channel.MAIL, Channel.WORK_NOTICE)
State = Delivery.State


def messages_mine(request):
    """How I am told, my lines, and what was lately sent to me; a POST saves the first."""
    preference = Preference.objects.filter(user=request.user.pk).first() or Preference(user=request.user)
    names = PreferenceForm.base_fields
    form = PreferenceForm(request.POST or None, initial={name: getattr(preference, name) for name in names})
    if request.method == "POST" and form.is_valid():
        save_preference(values=form.cleaned_data, by=request.user)
        messages.success(request, _("已保存，从下一条消息起照此办理。"))
        return redirect("messages_mine")
    return _mine(request, form, ThresholdForm(user=request.user, initial=line_asked_for(request.GET)))


def _mine(request, form: PreferenceForm, line_form: ThresholdForm):
    lines = list(Threshold.objects.visible_to(request.user).select_related("area", "project"))
    readings = readings_of(lines)
    own = Message.objects.visible_to(request.user).select_related("area").order_by("-id")[:OWN_SHOWN]
    context = {
        "form": form,
        "line_form": line_form,
        "lines": [(line, readings.get(line.pk)) for line in lines],
        "unread": Message.objects.unread_by(request.user).order_by("-id")[:BY_PAGE],
        "messages_sent": _with_ways(own, request.user),
        "ways": _ways(request.user),
    }
    status = 400 if form.errors or line_form.errors else 200
    return render(request, "messaging/mine.html", context, status=status)


def _with_ways(rows, user) -> list[tuple[Message, list[Delivery]]]:
    """Each message with what became of it for this person."""
    found = list(rows)
    deliveries = Delivery.objects.visible_to(user).filter(message__in=found, person=user.pk).order_by("id")
    by_message: dict[int | None, list[Delivery]] = {}
    for delivery in deliveries:
        by_message.setdefault(delivery.message_id, []).append(delivery)
    return [(message, by_message.get(message.pk, [])) for message in found]


def _ways(user) -> list[tuple[str, str, str]]:
    """(channel, name, what is lacking; empty where a test can be sent) of those that reach a person."""
    preference = Preference.objects.filter(user=user.pk).first()
    number = preference.dingtalk_user if preference else ""
    lacking = {
        Channel.MAIL: "" if user.email else _("账号没有邮箱，请系统管理员填写"),
        Channel.WORK_NOTICE: "" if number else _("还没有填钉钉用户编号"),
    }
    off = _("本站没有配置")
    return [(str(way), str(Channel(way).label), lacking[way] if SENDERS[way].is_on() else off) for way in PERSONAL]


@require_POST
def news_seen(request):
    """What is new has been seen, up to the change that the page knew of."""
    number = whole(request.POST.get("number", ""))
    if number is None:
        raise Http404
    mark_seen(by=request.user, number=number)
    return redirect("overview")


@require_POST
def message_open(request, pk):
    """Lead to what a message to the reader is about; from then on it is read."""
    message = get_object_or_404(Message.objects.filter(person=request.user.pk), pk=pk)
    mark_messages_read(by=request.user, messages=[pk])
    return redirect(message.href or "messages_mine")


@require_POST
def messages_read(request):
    """All that was written to the reader is read."""
    mark_messages_read(by=request.user)
    return redirect("messages_mine")


@require_POST
def test_mine(request):
    """A test message to myself."""
    channel = request.POST.get("channel", "")
    lacking = {way: why for way, _name, why in _ways(request.user)}
    if channel not in lacking:
        raise Http404
    if lacking[channel]:
        messages.error(request, lacking[channel])
    else:
        try_and_tell(request, channel)
    return redirect("messages_mine")


def try_and_tell(request, channel: str, **to) -> None:
    """Write a test message, send it when that is committed, say what came of it."""
    try:
        delivery = sending.send_now(try_channel(channel=channel, by=request.user, **to))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return
    if delivery.state == State.SENT:
        messages.success(request, _("测试消息已送出，对方已接收。"))
    else:
        messages.error(request, _("测试消息没有送达：{why}").format(why=delivery.error or delivery.get_state_display()))


@carried_out_once
@require_POST
def new_threshold(request):
    """A line of my own."""
    preference = Preference.objects.filter(user=request.user.pk).first() or Preference(user=request.user)
    form = ThresholdForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            draw_threshold(values=form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("提醒线已设。现在在哪一边，看下面的表；越过时告诉您。"))
            return redirect("messages_mine")
    initial = {name: getattr(preference, name) for name in PreferenceForm.base_fields}
    return _mine(request, PreferenceForm(initial=initial), form)


@require_POST
def threshold_drop(request, pk):
    line = get_object_or_404(Threshold.objects.visible_to(request.user), pk=pk)
    drop_threshold(line=line, by=request.user)
    messages.success(request, _("提醒线已删去。"))
    return redirect("messages_mine")


def messages_log(request):
    """Each channel's state, the dead letters, and the log of all that left."""
    if not may_watch(request.user):
        raise Http404
    state = request.GET.get("state", "")
    rows = Delivery.objects.select_related("message", "endpoint", "person").order_by("-id")
    if state in State.values:
        rows = rows.filter(state=state)
    dead = Delivery.objects.filter(state=State.DEAD).select_related("message", "endpoint", "person").order_by("-id")
    context = {
        "channels": _channels(),
        "dead": dead[:BY_PAGE],
        "dead_count": dead.count(),
        "page": Paginator(rows, BY_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": State.choices,
        "robots": _robots(),
    }
    return render(request, "messaging/log.html", context)


def _channels() -> list[dict]:
    counted = (
        Delivery.objects.order_by()
        .values("channel")
        .annotate(
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            sent=Count("pk", filter=Q(state=State.SENT)),
            dead=Count("pk", filter=Q(state=State.DEAD)),
            last=Max("state_at", filter=Q(state=State.SENT)),
        )
    )
    found = {row["channel"]: row for row in counted}
    return [
        {"name": label, "is_on": SENDERS[value].is_on(), **found.get(value, {})} for value, label in Channel.choices
    ]


def _robots() -> list[tuple[str, str, str, str]]:
    """(channel, its name, robot's name in the settings, the unit's name); never a key."""
    names = dict(Organisation.objects.values_list("code", "name"))
    known = ((Channel.DINGTALK, settings.DINGTALK_ROBOTS), (Channel.WECOM, settings.WECOM_ROBOTS))
    return [
        (str(channel), str(Channel(channel).label), code, _("其余单位") if code == EVERY else names.get(code, code))
        for channel, robots in known
        for code in robots
    ]


@require_POST
def test_robot(request):
    """A test message by a robot of the settings."""
    if not may_watch(request.user):
        raise Http404
    channel, robot = request.POST.get("channel", ""), request.POST.get("robot", "")
    if (channel, robot) not in {(way, code) for way, _label, code, _name in _robots()}:
        raise Http404
    try_and_tell(request, channel, robot=robot)
    return redirect("messages_log")


@require_POST
def letter_step(request, pk, action):
    """A dead letter is sent again, or put away."""
    steps = {"resend": resend_letter, "drop": drop_letter}
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user).select_related("endpoint"), pk=pk)
    if action not in steps or not may_settle(request.user, delivery):
        raise Http404
    try:
        steps[action](delivery=delivery, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        told = {"resend": _("已重新排队，几十秒内再发。"), "drop": _("已搁置，不再发送。")}
        messages.success(request, told[action])
    return redirect("messages_log" if may_watch(request.user) else "webhooks")
