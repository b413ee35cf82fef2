"""What people type about money: an amount, its correction, the matching rule."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from funding.actions import FlowRow
from funding.day_doubts import day_doubts
from funding.models import FundingSource, MatchingRule, State
from funding.rule_actions import RuleTerms
from lib.tabular.typed_fields import DayField, NumberField
from lib.web.choices import offer
from plan.models import Field, Plan
from projects.choosing import ProjectSearchField

UNCHOSEN = ("", _("（请选择）"))


def _unchosen(choices: list[tuple]) -> list[tuple]:
    """With nothing chosen first, where there is something to choose."""
    return choices if len(choices) == 1 else [UNCHOSEN, *choices]


def _years_of(plan: Plan | None) -> range:
    """The years of the plan after its first; none where there is no plan."""
    return range(plan.baseline_year + 1, plan.final_year + 1) if plan else range(0)


class FlowForm(forms.Form):
    """One flow; the choices are what this user may record. Of several none is taken before it is chosen: a county or a
    source that nobody looked at would be recorded as if meant."""

    area = forms.ChoiceField(label=_("地区"))
    year = forms.TypedChoiceField(label=_("资金年度"), coerce=int)
    source = forms.ChoiceField(label=_("资金来源"))
    state = forms.ChoiceField(label=_("资金状态"), choices=[UNCHOSEN, *State.choices])
    amount_wan = NumberField(unit="万元", label=_("金额（万元）"))
    happened_on = DayField(label=_("办理日期"))
    project = ProjectSearchField(label=_("项目"), required=False)
    field = forms.ChoiceField(label=_("领域"), required=False, help_text=_("有项目的按项目的领域"))
    document = forms.CharField(label=_("文号"), required=False, max_length=200)
    day_is_right = forms.BooleanField(label=_("日期无误"), required=False, help_text=_("已核对办理日期和资金年度"))

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            del self.fields["day_is_right"]  # asked only of a day that looks wrong
        areas = Area.objects.visible_to(user).counties()
        if user.own_area_code:
            areas = areas.filter(code=user.own_area_code)
        plan = Plan.objects.first()
        offer(self, "area", _unchosen([(area.code, area.shown_name) for area in areas]))
        years = _years_of(plan)
        offer(self, "year", [(year, year) for year in years])
        if years:
            self.fields["year"].initial = min(max(timezone.localdate().year, years[0]), years[-1])
        sources = FundingSource.objects.recordable_by(user)
        offer(self, "source", _unchosen([(row.code, f"{row.code} {row.shown_name}") for row in sources]))
        named = [(field.code, field.shown_name) for field in Field.objects.all()]
        offer(self, "field", [("", _("（未分领域）")), *named])

    def clean(self):
        given = super().clean() or {}
        is_confirmed = given.pop("day_is_right", False)
        doubts = [] if self.errors else day_doubts(FlowRow(**given), timezone.localdate())
        if not doubts:
            del self.fields["day_is_right"]
        elif not is_confirmed:
            ask = _("确实如此，请勾选“日期无误”再登记。")
            self.add_error("happened_on", "；".join(doubts) + f"。{ask}")
        return given

    def row(self) -> FlowRow:
        return FlowRow(**self.cleaned_data)


class CorrectionForm(forms.Form):
    """The right amount and why; the difference is worked out."""

    to_amount_wan = NumberField(unit="万元", label=_("更正后的金额（万元）"), help_text=_("全部冲销填 0"))
    reason = forms.CharField(label=_("理由"), max_length=500)
    document = forms.CharField(label=_("文号"), required=False, max_length=200)


class RuleForm(forms.Form):
    """A new version of the matching rule, filled in with the one in force."""

    effective_from = forms.IntegerField(label=_("起始年"), min_value=2000, max_value=2100)
    effective_to = forms.IntegerField(
        label=_("终止年"), required=False, min_value=2000, max_value=2100, help_text=_("留空：一直有效")
    )
    base_sources = forms.MultipleChoiceField(label=_("计入基数的资金"), widget=forms.CheckboxSelectMultiple)
    base_state = forms.ChoiceField(label=_("基数口径"), choices=State.choices)
    match_source = forms.ChoiceField(label=_("配套资金"))
    match_state = forms.ChoiceField(label=_("配套口径"), choices=State.choices)
    floor_ratio = forms.DecimalField(
        label=_("最低配套比例"), min_value=0, max_digits=7, decimal_places=4, help_text=_("1 即 1 : 1")
    )
    tolerance = forms.DecimalField(
        label=_("容差（比例）"),
        min_value=0,
        max_digits=7,
        decimal_places=4,
        help_text=_("比例低于下限多少以内算“接近”"),
    )
    exemptions = forms.MultipleChoiceField(
        label=_("配套豁免"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("可只豁免某一年")
    )
    document = forms.CharField(label=_("依据文件"), required=False, max_length=200)
    reason = forms.CharField(label=_("理由"), max_length=500)

    def __init__(self, *args, rule: MatchingRule | None = None, **kwargs):
        super().__init__(*args, initial=self._initial(rule) if rule else None, **kwargs)  # type: ignore[misc]  # by name alone
        sources = [(source.code, f"{source.code} {source.shown_name}") for source in FundingSource.objects.all()]
        offer(self, "base_sources", sources)
        offer(self, "match_source", sources)
        plan, areas = Plan.objects.first(), Area.objects.counties()
        exemptions = []
        for area in areas:
            exemptions.append((f"{area.code}/", _("{area}（全部年份）").format(area=area.shown_name)))
            exemptions += [(f"{area.code}/{year}", f"{area.shown_name} {year}") for year in _years_of(plan)]
        offer(self, "exemptions", exemptions)

    @staticmethod
    def _initial(rule: MatchingRule) -> dict:
        names = ("effective_from", "effective_to", "base_state", "match_state", "floor_ratio", "tolerance", "document")
        return {
            **{name: getattr(rule, name) for name in names},
            "match_source": rule.match_source_id,
            "base_sources": [source.code for source in rule.base_sources.all()],
            "exemptions": [f"{each.area_id}/{each.year or ''}" for each in rule.exemptions.all()],
        }

    def terms(self) -> RuleTerms:
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"reason", "exemptions"}}
        exemptions: list[tuple[str, int | None]] = []
        for text in self.cleaned_data["exemptions"]:
            area, _slash, year = text.partition("/")
            exemptions.append((area, int(year) if year else None))
        return RuleTerms(**given, exemptions=exemptions)
