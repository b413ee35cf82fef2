"""Forms of the back office for what is versioned: what they take becomes the next version, never an overwrite."""

from decimal import Decimal

from django import forms

from accounts.models import Organisation
from areas.models import Area
from indicators.actions import FactRow
from indicators.definitions.actions import DEFINITION_FIELDS
from indicators.definitions.rows import AREA_MARKS, stage_faults
from indicators.models import Indicator, IndicatorDefinition
from indicators.terms.applicability import AREA_MARK
from lib.value_words import STAGE_MARK, stage_names
from plan.models import Cite, Plan

CITES = [choice for choice in Cite.choices if choice[0] != Cite.DEMO]
PROVENANCE = ("words", "source", "note")


class VersionForm(forms.ModelForm):
    """Asks on what ground; the ground of the version before is not carried over."""

    reason = forms.CharField(
        label="修改理由",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="必填。会写进变更和操作日志，所有人都能看到，例：市联席会议2026年第1次会议同意调整。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.pop("reason", None)
        self.initial.pop("document", None)
        decimals = {name: value for name, value in self.initial.items() if isinstance(value, Decimal)}
        self.initial |= {name: Decimal(f"{value.normalize():f}") for name, value in decimals.items()}
        if "cite" in self.fields:
            self.fields["cite"].choices = CITES
            if self.initial.get("cite") == Cite.DEMO:
                self.initial["cite"] = Cite.OFFICIAL
        if "document" in self.fields:
            self.fields["document"].help_text = "这次修改依据的文件；没有列出的，点右边的加号新增。"


class DefinitionForm(VersionForm):
    owner = forms.ChoiceField(
        label="责任部门", help_text="各地区“职能部门”与此同名的单位负责填报；新部门请先在“单位”里新增。"
    )

    code = forms.RegexField(
        r"^[A-Z][A-Z0-9_]{0,15}$",
        label="指标代码",
        help_text="大写字母开头，大写字母、数字、下划线，至多16个字符；以后不变。",
        error_messages={"invalid": "代码应以大写字母开头，只含大写字母、数字、下划线，至多16个字符。"},
    )

    class Meta:
        model = IndicatorDefinition
        fields = [name.removesuffix("_id") for name in DEFINITION_FIELDS] + [*PROVENANCE, "document", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["code"]
        if "parts_cite" in self.fields:
            self.fields["parts_cite"].required = False  # of a row without parts there is nothing to know
        if "owner" in self.fields:
            duties = set(Organisation.objects.exclude(duty="").values_list("duty", flat=True).order_by())
            self.fields["owner"].choices = [(duty, duty) for duty in sorted(duties | {self.instance.owner})]

    def clean_code(self):
        code = self.cleaned_data["code"]
        if Indicator.objects.filter(code=code).exists():
            raise forms.ValidationError(f"{code} 已经有了；代码不重复使用，请另取一个。")
        return code

    def clean_parts_cite(self) -> str:
        return self.cleaned_data["parts_cite"] or Cite.OFFICIAL

    def clean_tolerance(self):
        tolerance = self.cleaned_data["tolerance"]
        if tolerance < 0:
            raise forms.ValidationError("容差不能是负数。")
        return tolerance

    def clean(self):
        data = super().clean()
        lower, upper = data.get("lower_bound"), data.get("upper_bound")
        if lower is not None and upper is not None and lower >= upper:
            self.add_error("upper_bound", "上限应大于下限。")
        self._check_parts(data)
        self._check_stages(data)
        if not self.errors and not set(self.changed_data) - {*PROVENANCE, "document", "reason"}:
            raise forms.ValidationError("口径没有改动，不会产生新版本。")
        return data

    def _check_stages(self, data: dict) -> None:
        for name, words in stage_faults(data):
            self.add_error(name, f"{words}。")

    def clean_only_areas(self) -> str:
        codes = [code for code in self.cleaned_data["only_areas"].translate(AREA_MARKS).split(AREA_MARK) if code]
        known = set(Area.objects.judged().filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise forms.ValidationError(f"没有代码为“{unknown[0]}”的地区。")
        return AREA_MARK.join(codes)

    def clean_stages(self) -> str:
        names = stage_names(self.cleaned_data["stages"])
        if len(names) == 1 or len(set(names)) < len(names):
            raise forms.ValidationError("请按先后写各阶段的名称，用 / 隔开，不同名，至少两个。")
        return STAGE_MARK.join(names)

    def _check_parts(self, data: dict) -> None:
        """A ratio names both of its parts; only a ratio has a factor and is added up by them."""
        names = [bool(data.get(name)) for name in ("numerator_name", "denominator_name")]
        if any(names) and not all(names):
            self.add_error("denominator_name" if names[0] else "numerator_name", "分子、分母要么都写，要么都不写。")
        elif all(names) and data.get("parts_factor") is None and "parts_factor" not in self.errors:
            data["parts_factor"] = Decimal(100) if data.get("unit") == "%" else Decimal(1)
        elif not any(names) and data.get("parts_factor") is not None:
            self.add_error("parts_factor", "没有分子、分母的行不写倍数。")
        if data.get("parts_factor") is not None and data["parts_factor"] <= 0:
            self.add_error("parts_factor", "倍数应大于 0。")
        if not any(names) and data.get("aggregation") == "ratio":
            self.add_error("aggregation", "没有分子、分母的行不能按比率汇总。")

    def row(self) -> dict:
        """What `define_indicators` takes."""
        data, definition = self.cleaned_data, self.instance
        indicator = definition.indicator if definition.pk else Indicator(data["code"], Indicator.objects.count())
        row = {name: data[name.removesuffix("_id")] for name in (*DEFINITION_FIELDS, *PROVENANCE)}
        keys = {"field_id": data["field"].pk, "chapter_id": data["chapter"].pk}
        return row | keys | {"code": indicator.code, "position": indicator.position}


class FactForm(VersionForm):
    class Meta:
        fields = [
            "area",
            "indicator",
            "year",
            "value",
            "value_high",
            "cite",
            "year_cite",
            *PROVENANCE,
            "document",
            "reason",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document"].required = True
        self.fields["year_cite"].choices = [("", "原文已写明年份"), *CITES]
        self.fields[
            "value"
        ].help_text = "按指标的单位填，例：95.5；百分数只填数字。分阶段的指标填第几个阶段，第一个为0。"
        if "area" in self.fields:
            self.fields["area"].queryset = Area.objects.judged()
            names = dict(IndicatorDefinition.objects.as_of().values_list("indicator", "name"))
            self.fields["indicator"].label_from_instance = lambda row: f"{row.code} {names.get(row.code, '')}"

    def clean(self):
        data, given = super().clean(), self.instance
        key = {name: data.get(name) or getattr(given, f"{name}_id") for name in ("area", "indicator")}
        key["year"] = data.get("year") or given.year
        if any(value is None for value in key.values()) or data.get("value") is None:
            return data
        self._check_year(key["year"])
        self._check_bounds(key["indicator"], data["value"], "value")
        self._check_band(key["indicator"], data)
        if given.pk is None and type(given).objects.as_of().filter(**key).exists():
            raise forms.ValidationError("这个地区、指标、年份已有现行的数，请在列表中打开它修改。")
        stays = all(data.get(name) == getattr(given, name) for name in ("value", "value_high", "cite", "year_cite"))
        if given.pk is not None and stays:
            raise forms.ValidationError("数值和依据类别都没有改动，不会产生新版本。")
        return data

    def clean_words(self):
        """The words that a number rested on do not carry another number."""
        words, given = self.cleaned_data["words"], self.instance
        if given.pk is not None and words and words == given.words and self.cleaned_data.get("value") != given.value:
            raise forms.ValidationError("数值改了，这里还是旧数值的原文：请改成新依据的原文，或者清空。")
        return words

    def _check_year(self, year: int) -> None:
        plan = Plan.objects.get()
        if not plan.baseline_year <= year <= plan.final_year:
            self.add_error("year", f"年份应在{plan.baseline_year}至{plan.final_year}之间。")

    def _check_band(self, indicator, data: dict) -> None:
        """Of a band its upper end, the lower one where none is given; of anything else there is none."""
        is_band = IndicatorDefinition.objects.as_of().get(indicator=indicator).is_band
        high = data.get("value_high")
        if not is_band and high is not None:
            self.add_error("value_high", "只有方向为“在区间内”的指标有上限，请清空。")
        elif is_band and high is None:
            data["value_high"] = data["value"]
        elif is_band and high < data["value"]:
            self.add_error("value_high", "区间上限应不小于数值（下限）。")
        elif high is not None:
            self._check_bounds(indicator, high, "value_high")

    def _check_bounds(self, indicator, value: Decimal, name: str) -> None:
        definition = IndicatorDefinition.objects.as_of().get(indicator=indicator)
        lower, upper = definition.lower_bound, definition.upper_bound
        if (lower is not None and value < lower) or (upper is not None and value > upper):
            self.add_error(name, f"超出“{definition.name}”的取值范围。")

    def row(self) -> FactRow:
        """What `record_facts` takes."""
        data, given = self.cleaned_data, self.instance
        texts = {name: data[name] for name in ("cite", "year_cite", *PROVENANCE)}
        key = (given.area_id, given.indicator_id, given.year)
        return FactRow(*key, data["value"], value_high=data["value_high"], **texts)
