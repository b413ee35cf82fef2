"""Forms of the register: what is typed, as the actions want it. What is wrong stays in the form, nothing is lost."""

from decimal import Decimal
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.names import area_codes
from lib.numbers import digits
from lib.tabular.cells import SpreadsheetError, parse_number
from lib.tabular.typed_fields import DayField, NumberField, PartialDateField
from lib.web.choices import CHINESE, NamedChoiceField, offer
from plan.models import Chapter, Field
from projects.actions import organisations_for
from projects.changes.history import COLUMNS
from projects.changes.parts import Amount, Parts, Progress
from projects.models import Project, ProjectAmount


def number(text: str, label: str, unit: str = "") -> Decimal:
    """The number of a line's last word; the error names the line."""
    try:
        return parse_number(text, unit=unit)
    except SpreadsheetError as error:
        raise forms.ValidationError(f"{label}：{error}。") from error


class ProjectForm(forms.Form):
    """Columns, shares, schedule and contributions as the cells of a file say them: the last three are lines of text,
    one row a line. The page has rows in their place (`projects/editing/page_form.py`)."""

    name = forms.CharField(label=_("项目名称"), max_length=120)
    field_id = NamedChoiceField(Field.objects.all(), label=_("领域"))
    chapter_id = forms.ModelChoiceField(
        Chapter.objects.all(), label=_("章节"), required=False, widget=forms.Select(attrs=CHINESE)
    )
    organisation_id = forms.ChoiceField(label=_("责任单位"), required=False)
    is_industrial = forms.BooleanField(
        label=_("产业项目"), required=False, help_text=_("落地且总投资1亿元以上的，计入落地项目数")
    )
    starts = PartialDateField(label=_("开工"))
    ends = PartialDateField(label=_("计划完工"))
    completed = PartialDateField(label=_("实际完工"))
    landed_on = DayField(label=_("落地日期"), required=False)
    landing_basis = forms.ChoiceField(label=_("落地认定"), required=False)
    landing_words = forms.CharField(label=_("落地认定说明"), max_length=200, required=False)
    shares = forms.CharField(
        label=_("地区分摊"),
        widget=forms.Textarea(attrs={"rows": 3, **CHINESE}),
        help_text=_("一行一个地区：名称或区划代码，空格，百分比；合计100。只在一地的写100"),
    )
    schedule = forms.CharField(
        label=_("年度投资计划"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, **CHINESE}),
        help_text=_("一行一年：年份，空格，亿元"),
    )
    contributions = forms.CharField(
        label=_("对指标的预期贡献"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, **CHINESE}),
        help_text=_("一行一项：指标代码，地区，年份，贡献（指标单位，向好为正），用空格隔开"),
    )
    source = forms.CharField(label=_("出处"), max_length=200, required=False)
    note = forms.CharField(label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": 2, **CHINESE}))
    reason = forms.CharField(label=_("修改理由"), max_length=200, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *given, user: User, counties, **more):
        super().__init__(*given, **more)
        self.places = area_codes(counties)
        for name in ("field_id", "chapter_id"):
            cast(forms.ModelChoiceField, self.fields[name]).empty_label = _("（未选）")
        units = organisations_for(user)
        offer(self, "organisation_id", [("", _("（未定）")), *((str(u.pk), u.shown_name) for u in units)])
        offer(self, "landing_basis", [("", _("（未落地）")), *Project.LandingBasis.choices])
        if user.role == User.Role.BUREAU:
            del self.fields["organisation_id"]  # its own, whatever is chosen

    @staticmethod
    def of(project: Project) -> dict:
        """What stands in the form when a project is opened."""
        shares = project.shares.select_related("area")
        contributions = project.contributions.select_related("area")
        return {
            **{name: getattr(project, name) for name in (*COLUMNS, "version")},
            "organisation_id": str(project.organisation_id or ""),
            "shares": "\n".join(f"{row.area.name} {digits(100 * row.share)}" for row in shares),
            "schedule": "\n".join(f"{row.year} {digits(row.planned_yi)}" for row in project.schedule.all()),
            "contributions": "\n".join(
                f"{row.indicator_id} {row.area.name} {row.year} {digits(row.value)}" for row in contributions
            ),
        }

    def clean_shares(self):
        rows = self._lines("shares", 2, _("名称和百分比"))
        return {self._place(place): number(percent, place, "%") / 100 for place, percent in rows}

    def clean_schedule(self):
        return {
            _year(year): number(amount, year, "亿元") for year, amount in self._lines("schedule", 2, _("年份和亿元"))
        }

    def clean_contributions(self):
        rows = self._lines("contributions", 4, _("指标代码、地区、年份、贡献"))
        return {
            (code.upper(), self._place(place), _year(year)): number(value, code) for code, place, year, value in rows
        }

    def _lines(self, name: str, width: int, words: str) -> list[list[str]]:
        rows = [line.split() for line in self.cleaned_data[name].splitlines() if line.strip()]
        for at, row in enumerate(rows, start=1):
            if len(row) != width:
                raise forms.ValidationError(_("第 {at} 行应为{words}，用空格隔开。").format(at=at, words=words))
        return rows

    def _place(self, text: str) -> str:
        if text not in self.places:
            full = {
                code: name for name, code in self.places.items() if not name.isdigit()
            }  # the last is the whole name
            names = _("、").join(list(full.values())[:12])
            raise forms.ValidationError(_("没有“{text}”这个地区；可写：{names}。").format(text=text, names=names))
        return self.places[text]

    @property
    def values(self) -> dict:
        """As `create_project` and `edit_project` want them."""
        own = {"reason", "version", "shares", "schedule", "contributions"}
        found = {name: value for name, value in self.cleaned_data.items() if name not in own}
        found["field_id"] = found["field_id"].pk
        found["chapter_id"] = found["chapter_id"].pk if found["chapter_id"] else None
        if "organisation_id" in found:
            found["organisation_id"] = int(found["organisation_id"]) if found["organisation_id"] else None
        return found

    @property
    def parts(self) -> Parts:
        return Parts(*(self.cleaned_data[name] for name in ("shares", "schedule", "contributions")))


class AmountForm(forms.Form):
    stage = forms.ChoiceField(label=_("投资阶段"), choices=ProjectAmount.Stage.choices)
    amount_yi = NumberField(unit="亿元", label=_("金额（亿元）"))
    dated = PartialDateField(label=_("日期"))
    source = forms.CharField(label=_("出处"), max_length=200, required=False)
    corrects = forms.ChoiceField(label=_("更正的是"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=200, required=False)

    def __init__(self, *given, standing, **more):
        super().__init__(*given, **more)
        rows = [(str(row.pk), f"{row.get_stage_display()} {digits(row.amount_yi)} {row.dated}") for row in standing]
        self.fields["corrects"].choices = [("", _("（不是更正，是新的一笔）")), *rows]

    @property
    def amount(self) -> Amount:
        return Amount(*(self.cleaned_data[name] for name in ("stage", "amount_yi", "dated", "source")))


class ProgressForm(forms.Form):
    year = forms.IntegerField(label=_("年份"), widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    quarter = forms.TypedChoiceField(label=_("季度"), coerce=int, choices=[(n, n) for n in range(1, 5)])
    completed_yi = NumberField(
        unit="亿元", label=_("累计完成投资（亿元）"), required=False, help_text=_("自开工起至本季度末")
    )
    image = forms.CharField(label=_("形象进度"), required=False, widget=forms.Textarea(attrs={"rows": 2, **CHINESE}))
    problem = forms.CharField(label=_("存在问题"), required=False, widget=forms.Textarea(attrs={"rows": 2, **CHINESE}))
    next_step = forms.CharField(label=_("下一步"), required=False, widget=forms.Textarea(attrs={"rows": 2, **CHINESE}))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def progress(self) -> Progress:
        names = ("year", "quarter", "completed_yi", "image", "problem", "next_step")
        return Progress(*(self.cleaned_data[name] for name in names))


class StateForm(forms.Form):
    state = forms.ChoiceField(label=_("项目状态"), choices=Project.State.choices)
    on = PartialDateField(label=_("开工或完工的日期"))
    reason = forms.CharField(
        label=_("理由"),
        required=False,
        max_length=400,
        help_text=_("停滞和取消必须写明原因"),
        widget=forms.Textarea(attrs={"rows": 2, **CHINESE}),
    )


def _year(text: str) -> int:
    text = text.removesuffix("年")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise forms.ValidationError(_("“{text}”应为四位年份。").format(text=text))
    return int(text)
