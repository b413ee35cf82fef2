"""A county's target changed where it is read: by the city, on a document and with a reason, after a look at what it
turns. What is saved is the next version; the one before stays."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from areas.models import Area
from figures.asked import Asked
from figures.picture import Picture
from figures.targets.realism import RealismLine, line_of_new_target
from indicators.actions import FactRow, Grounds, record_facts
from indicators.effects import find_flips, overlay_of
from indicators.labels import OUTLOOK_NAMES, STATUS_NAMES
from indicators.models import IndicatorDefinition, Target, Versioned
from journal.actions import lock_feed
from journal.once import carried_out_once
from lib.numbers import ABSENT, plain
from lib.refusals import Conflict, Invalid
from lib.tabular.cells import SpreadsheetError
from lib.tabular.value_cells import Ends, parse_ends
from plan.actions import find_or_record_document

JUDGED_NAMES = {
    "status": gettext_lazy("对年度目标"),
    "standard_status": gettext_lazy("对省定标准"),
    "outlook": gettext_lazy("前景"),
}


class TargetForm(forms.Form):
    """`version` is what was in force when the form was made, 0 for none: nobody overwrites what they have not seen."""

    value = forms.CharField(label=gettext_lazy("新目标"), max_length=60)
    document = forms.CharField(
        label=gettext_lazy("依据文件"),
        max_length=200,
        help_text=gettext_lazy("文件名称，例：关于调整2026年度目标的通知；已登记过的会自动对上。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("修改理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("会写进变更和操作日志，所有人都能看到。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, definition: IndicatorDefinition, **kwargs):
        super().__init__(*args, **kwargs)
        self.definition = definition
        self.fields["value"].help_text = self._help_words()
        if definition.stages:
            choices = definition.labelled_stages
            self.fields["value"].widget = forms.Select(choices=choices)

    def _help_words(self) -> str:
        if self.definition.is_band:
            return _("写成 下限–上限，例如 45–50；一个数左右就写那个数。单位：{unit}。").format(
                unit=self.definition.unit
            )
        if self.definition.stages:
            return _("选要达到的阶段。")
        words = _("{unit}；百分数只填数字，例：95.5。") if self.definition.unit == "%" else _("单位：{unit}。")
        return words.format(unit=self.definition.unit)

    def clean_value(self) -> Ends:
        """The number, both ends of the band, or the place of the stage."""
        d = self.definition
        try:
            ends = parse_ends(self.cleaned_data["value"], unit=d.unit, stages=d.stage_names, is_band=d.is_band)
        except SpreadsheetError as error:
            raise forms.ValidationError(str(error)) from error
        for value in ends:
            self._require_bounds(value)
        return ends

    def _require_bounds(self, value: Decimal | None) -> None:
        lower, upper = self.definition.lower_bound, self.definition.upper_bound
        if value is None or ((lower is None or value >= lower) and (upper is None or value <= upper)):
            return
        words = _("应在 {lower} 和 {upper} 之间。")
        named = [_("不限") if bound is None else plain(bound) for bound in (lower, upper)]
        raise forms.ValidationError(words.format(lower=named[0], upper=named[1]))


@carried_out_once
def retarget(request, area, indicator, year):
    """The form, what saving it would turn, and the saving; for the city's own people."""
    if not request.user.imports_official_tables:
        raise PermissionDenied
    picture = Picture(Asked(year=year), request.user, area_codes=[area], indicator_codes=[indicator])
    place, definition = picture.find_county(area), picture.find_definition(indicator)
    if place is None or definition is None:
        raise Http404(
            _("没有这一格：{area} / {indicator} / {year}。").format(area=area, indicator=indicator, year=year)
        )
    present = _in_force(area, indicator, year)
    initial = {"version": _version(present)}
    initial |= {"value": _typed(present, definition)} if present else {}
    form, effect = TargetForm(request.POST or None, initial=initial, definition=definition), None
    said = _said_of(picture, place, definition, year, present.value if present else None)
    if request.method == "POST" and form.is_valid():
        ends = form.cleaned_data["value"]
        row = FactRow(area, indicator, year, ends.value, value_high=ends.high)
        said = _said_of(picture, place, definition, year, ends.value)
        try:
            if "preview" in request.POST:
                effect = _effect(row)
            else:
                _save(row, form.cleaned_data, request.user, definition)
        except (Conflict, Invalid) as refusal:
            form.add_error(None, refusal.words)
        else:
            if effect is None:
                messages.success(request, _("新目标已保存为下一个版本，原来的保留；相关的格正在重新计算。"))
                return redirect("cell", area=area, indicator=indicator, year=year)
    context = {"picture": picture, "area": place, "definition": definition, "present": present, "year": year}
    context |= {"form": form, "effect": effect, "realism": said, "cell": picture.cell(place, definition)}
    return render(request, "figures/retarget.html", context, status=400 if form.errors else 200)


def _said_of(picture: Picture, area: Area, definition, year: int, target: Decimal | None) -> list[RealismLine]:
    """What the past says of the target that stands, or of the one typed: before anybody saves it."""
    if target is None or definition.is_band or definition.stages:
        return []
    return [line_of_new_target(picture, area, definition, year, target)]


def _typed(present: Target, definition: IndicatorDefinition) -> str:
    """The target as it is typed: without marks between thousands."""
    if definition.stages or definition.is_band:
        return definition.typed_words(present.value, present.value_high)
    return f"{present.value.normalize():f}"


def _in_force(area: str, indicator: str, year: int) -> Target | None:
    return Target.objects.as_of(None).filter(area=area, indicator=indicator, year=year).first()


def _version(present: Target | None) -> int:
    return present.version if present else 0


def _effect(row: FactRow) -> list[tuple]:
    """(year, judgement, now, after) of every judgement of this county's indicator that the row would turn."""
    flips, _new = find_flips(overlay_of([], {Target: [row]}), areas=[row.area], indicators=[row.indicator])
    rows = []
    for flip in sorted(flips, key=lambda flip: flip.year):
        names = OUTLOOK_NAMES if flip.column == "outlook" else STATUS_NAMES
        rows.append((flip.year, JUDGED_NAMES[flip.column], names[flip.before], names[flip.after]))
    return rows


@transaction.atomic
def _save(row: FactRow, given: dict, by: User, definition: IndicatorDefinition) -> None:
    """Conflict where another version came in between; Invalid where nothing would change."""
    lock_feed()
    present = _in_force(*row.key)
    if _version(present) != given["version"]:
        words = _("没有保存：别人刚刚改过这个目标，现在是 {value}。请核对后从这一格重新打开再改；您填的内容还在。")
        now = definition.value_words(present.value, present.value_high) if present else ABSENT
        raise Conflict(words.format(value=now))
    issuer = by.organisation.name if by.organisation else ""
    document = find_or_record_document(title=given["document"].strip(), issuer=issuer)
    grounds = Grounds(by=by, via=Versioned.Via.EDIT, reason=given["reason"], document=document)
    if record_facts(Target, [row], grounds=grounds).same:
        raise Invalid(_("没有保存：新目标和现行的一样，依据类别也没有变。"))
