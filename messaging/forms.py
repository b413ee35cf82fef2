"""Forms of preferences, lines and programs."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import IndicatorDefinition
from lib.numbers import NUMBER_LIMIT
from messaging.models import Preference, Threshold
from projects.models import Project
from reporting.models import Notice

Subject = Threshold.Subject
SEVERAL = forms.CheckboxSelectMultiple


def _indicators() -> list[tuple[str, str]]:
    rows = IndicatorDefinition.objects.as_of().order_by("indicator__position")
    return [(row.indicator_id, f"{row.indicator_id} {row.shown_name}") for row in rows]


def _counties() -> list[tuple[str, str]]:
    return [(area.code, area.shown_name) for area in Area.objects.counties()]


class PreferenceForm(forms.Form):
    """How a person wants to be told. Nothing chosen of a list means all of it."""

    rhythm = forms.ChoiceField(label=_("何时发送"), choices=Preference.Rhythm.choices)
    by_mail = forms.BooleanField(label=_("发电子邮件"), required=False)
    by_work_notice = forms.BooleanField(label=_("发钉钉工作通知"), required=False)
    dingtalk_user = forms.CharField(
        label=_("钉钉用户编号"), max_length=64, required=False, help_text=_("在单位的钉钉通讯录里的编号（userid）")
    )
    quiet_from = forms.TimeField(label=_("免打扰从"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    quiet_until = forms.TimeField(
        label=_("免打扰到"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("这段时间里的消息等结束后再发；可以跨过零点"),
    )
    kinds = forms.MultipleChoiceField(label=_("只要这几类通知"), required=False, widget=SEVERAL)
    follows_feed = forms.BooleanField(label=_("官方数据有变动时告诉我"), required=False)
    areas = forms.MultipleChoiceField(label=_("只要这些地区的"), required=False, widget=SEVERAL)
    indicators = forms.MultipleChoiceField(label=_("变动只要这些指标的"), required=False, widget=SEVERAL)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        kinds = [(str(value), str(label)) for value, label in Notice.Kind.choices]
        offered = {"kinds": kinds, "areas": _counties(), "indicators": _indicators()}
        for name, choices in offered.items():
            cast(forms.MultipleChoiceField, self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        ends = [data.get("quiet_from"), data.get("quiet_until")]
        if ends.count(None) == 1 and not self.errors:
            self.add_error("quiet_until", _("免打扰的两头要么都填，要么都不填。"))
        if data.get("by_work_notice") and not data.get("dingtalk_user"):
            self.add_error("dingtalk_user", _("要发钉钉工作通知，请填用户编号。"))
        return data


class CountyField(forms.ModelChoiceField):
    """A county by its name in the language of the page."""

    def label_from_instance(self, obj: Area) -> str:
        return str(obj.shown_name)


class ThresholdForm(forms.Form):
    """A line: of which number, on which side."""

    subject = forms.ChoiceField(label=_("看什么"), choices=Subject.choices)
    area = CountyField(
        Area.objects.none(), label=_("地区"), required=False, empty_label="—", help_text=_("指标和县级配套比要选")
    )
    indicator = forms.ChoiceField(label=_("指标"), required=False, help_text=_("看指标时要选"))
    project = forms.CharField(
        label=_("项目编号"), max_length=12, required=False, help_text=_("看项目时要填，例：PRJ-0001")
    )
    side = forms.ChoiceField(label=_("方向"), choices=Threshold.Side.choices)
    limit = forms.DecimalField(
        label=_("界限"),
        max_digits=15,
        decimal_places=6,
        min_value=-NUMBER_LIMIT + 1,
        max_value=NUMBER_LIMIT - 1,
        help_text=_("与页面上同一单位；越过时告诉您，回来时再告诉一次"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.user = user
        cast(CountyField, self.fields["area"]).queryset = Area.objects.counties()
        cast(forms.ChoiceField, self.fields["indicator"]).choices = [("", "—"), *_indicators()]

    def clean(self) -> dict[str, Any]:
        """What the subject needs, and of the rest nothing."""
        super().clean()
        data = self.cleaned_data
        subject = str(data.get("subject", ""))
        needs: dict[str, tuple[str, ...]] = {
            Subject.INDICATOR: ("area", "indicator"),
            Subject.PROJECT: ("project",),
            Subject.MATCHING: ("area",),
        }
        for name in needs.get(subject, ()):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("请选择或填写。"))
        code = (data.get("project") or "").strip().upper()
        data["project"] = None
        if subject == Subject.PROJECT:
            data["area"] = None
            data["project"] = self._project(code)
        if subject != Subject.INDICATOR:
            data["indicator"] = ""
        return data

    def _project(self, code: str) -> Project | None:
        """The project of a code, with an error for a code of none; None where nothing is typed."""
        if not code:
            return None
        project = Project.objects.visible_to(self.user).filter(code=code).first()
        if project is None:
            self.add_error("project", _("没有编号为{code}的项目。").format(code=code))
        return project


def line_asked_for(given: Mapping[str, str]) -> dict[str, str]:
    """What an address asks a line for: /messages/?subject=indicator&area=330127&indicator=P02."""
    return {name: given[name] for name in ("subject", "area", "indicator", "project") if given.get(name)}


class EndpointForm(forms.Form):
    """A program that is told by webhook. `units`: those that it may be registered for; where there is one it is not
    asked."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("写明是哪个系统，例：统计局数据平台"))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("单位"))
    url = forms.CharField(label=_("接收地址"), max_length=500)
    wants_changes = forms.BooleanField(label=_("官方数据的变动"), required=False, initial=True)
    wants_notices = forms.BooleanField(label=_("发给本单位的通知"), required=False)

    def __init__(self, *args: Any, units: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        units = list(units)
        if settings.OUTBOUND_HOSTS:
            where = _("只能发往：{hosts}").format(hosts="、".join(settings.OUTBOUND_HOSTS))
            self.fields["url"].help_text = where
        else:
            self.fields["url"].help_text = _("以 https:// 开头的公网地址；内网主机由系统管理员列入许可")
        offered = cast(forms.ModelChoiceField, self.fields["organisation"])
        offered.queryset = Organisation.objects.filter(pk__in=[unit.pk for unit in units])
        if len(units) == 1:
            self.fields["organisation"].initial = units[0]
            self.fields["organisation"].widget = forms.HiddenInput()
