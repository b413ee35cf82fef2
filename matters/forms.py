"""Forms of matters and of words on a number. What was typed stays in the form when it is refused."""

from datetime import date

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from lib.files.form_fields import FilesField
from lib.tabular.typed_fields import DayField
from lib.web.choices import CHINESE, NamedChoiceField, NamedChoicesField
from matters.actions import Order, Said
from matters.models import COUNTY_UNITS, Matter, Reach
from matters.notes import Word, persons_named
from matters.rights import LEADING
from matters.steps import StepRule
from matters.things import Thing
from workdays.calendar import WorkCalendar

WORKING_DAYS = 10  # what a matter is given where nobody says otherwise
MOST_WORKING_DAYS = 500
SEVERAL = forms.SelectMultiple(attrs={"size": 4})


def units_for(user: User, thing: Thing):
    """Units that this user may ask about the thing: it is theirs to see, and the user's to ask."""
    rows = Organisation.objects.order_by("area", "code")
    if user.role not in LEADING:
        rows = rows.filter(area=user.own_area_code, kind=Organisation.Kind.BUREAU)
    elif user.own_unit_id is not None:
        rows = rows.exclude(pk=user.own_unit_id)
    return rows.filter(_seeing(thing))


def _seeing(thing: Thing) -> Q:
    municipal = Q(kind=Organisation.Kind.MUNICIPAL)
    if thing.reach == Reach.OPEN:
        return Q()
    own = Q(area=thing.area, kind__in=COUNTY_UNITS) if thing.reach == Reach.COUNTY else Q(pk=None)
    return municipal | own


class OrderForm(forms.Form):
    """A sentence, a unit, a day. `days`, in working days, goes before the day."""

    words = forms.CharField(
        label=_("要求"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 4000}),
        error_messages={"required": _("请写明要办什么。")},
    )
    owner = NamedChoiceField(
        Organisation.objects.none(), label=_("承办单位"), error_messages={"required": _("请选择承办单位。")}
    )
    due_on = DayField(label=_("办理期限"), error_messages={"required": _("请填办理期限。")})
    days = forms.IntegerField(
        label=_("或：工作日数"),
        required=False,
        min_value=1,
        max_value=MOST_WORKING_DAYS,
        help_text=_("填了就按工作日计算期限"),
    )
    helpers = NamedChoicesField(Organisation.objects.none(), label=_("协办单位"), required=False, widget=SEVERAL)

    def __init__(self, *args, user: User, thing: Thing, calendar: WorkCalendar, today: date, **more):
        self.calendar, self.today = calendar, today
        offered = units_for(user, thing)
        unit = thing.unit if thing.unit and offered.filter(pk=thing.unit.pk).exists() else None
        initial = {"owner": unit, "due_on": calendar.after(today, WORKING_DAYS).isoformat()}
        super().__init__(*args, initial=initial, auto_id="order_%s", **more)  # type: ignore[misc]  # nobody gives it by place
        for name in ("owner", "helpers"):
            self.fields[name].queryset = offered  # type: ignore[attr-defined]  # of a choice among rows
        self.fields["words"].widget.attrs |= CHINESE

    def order(self, *, origin: str) -> Order:
        given = self.cleaned_data
        due_on = self.calendar.after(self.today, given["days"]) if given["days"] else given["due_on"]
        return Order(given["words"], given["owner"], due_on, origin, list(given["helpers"]))


class WordForm(forms.Form):
    """A note, with the units and persons that it names."""

    words = forms.CharField(
        label=_("内容"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 4000}),
        error_messages={"required": _("请写一句话。")},
    )
    units = NamedChoicesField(
        Organisation.objects.none(),
        label=_("提到的单位"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    persons = forms.CharField(
        label=_("提到的人"), required=False, max_length=400, help_text=_("登录名，用空格或逗号分开")
    )

    def __init__(self, *args, thing: Thing, **more):
        self.thing = thing
        super().__init__(*args, **more)
        rows = Organisation.objects.order_by("area", "code").filter(_seeing(thing))
        self.fields["units"].queryset = rows  # type: ignore[attr-defined]  # of a choice among rows

    def word(self) -> Word:
        """Invalid for a person who is none, or may not see the thing."""
        given = self.cleaned_data
        return Word(given["words"], units=list(given["units"]), persons=persons_named(given["persons"], self.thing))


class StepForm(forms.Form):
    """What one step of a matter asks for, and no more. `refused`: why the step was not taken."""

    refused = ""
    words = forms.CharField(
        label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 4000})
    )
    day = DayField(label=_("日期"), required=False)
    percent_done = forms.IntegerField(label=_("完成比例（%）"), required=False, min_value=0, max_value=100)
    files = FilesField(  # type: ignore[assignment]  # a field, which Django keeps apart from what was uploaded
        label=_("佐证材料"), required=False, help_text=_("可选多个；PDF、图片、docx、xlsx、pptx，每个不超过 20 MB")
    )

    def __init__(self, *args, rule: StepRule, matter: Matter, **more):
        super().__init__(*args, auto_id=f"{rule.step}_%s", **more)  # type: ignore[misc]  # nobody gives it by place
        unused = {"day": not rule.needs_day, "percent_done": not rule.takes_percent}
        unused |= {"files": not rule.needs_file, "words": not rule.needs_words}
        for name in [name for name, is_unused in unused.items() if is_unused]:
            del self.fields[name]

    def said(self) -> Said:
        given = self.cleaned_data
        return Said(given.get("words", ""), given.get("day"), given.get("percent_done"), given.get("files") or ())


class LightForm(forms.Form):
    """The limits of the lights, in points."""

    yellow = forms.IntegerField(label=_("黄灯（百分点）"), min_value=1, max_value=99)
    red = forms.IntegerField(label=_("红灯（百分点）"), min_value=2, max_value=100)
    reason = forms.CharField(label=_("理由"), required=False, widget=forms.TextInput(attrs={"size": 50}))
