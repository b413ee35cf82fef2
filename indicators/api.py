"""The catalogue, the facts in force and their assessments as lists of the API."""

from dataclasses import replace
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from areas.filters import AREA, AREA_PATH, INDICATOR, INDICATOR_PATH, YEAR_PATH, YEARS, unknown_area
from areas.models import Area
from indicators import gaps
from indicators.cells.inputs import UNCERTAIN
from indicators.forecasting.grades import GRADE_CODES, grade_case
from indicators.forecasting.parameters import GRADES, grade_of
from indicators.frames import INPUT_VERSIONS, assessed_frame
from indicators.list_columns import DEMO, KEY, judged, names, number, units
from indicators.models import Assessment, Fact, Indicator, IndicatorDefinition, Observation, Standard, Target, Versioned
from indicators.terms.applicability import NOT_APPLICABLE
from lib.listapi.lists import Column, Filter, List, choice
from lib.listapi.views import ItemView
from plan.addresses import year_outside
from plan.models import CERTAIN, Cite, Plan

GRADE_LIMITS = "、".join(f"{name} 不低于 {least}" for name, least in GRADES.items())
Definition = IndicatorDefinition
STATUSES = (*gaps.STATUSES, NOT_APPLICABLE)
STANDARD_STATUSES = (*gaps.STANDARD_STATUSES, NOT_APPLICABLE)
Origin = IndicatorDefinition.Origin


def truth(name: str, condition: Q, description: str) -> Column:
    return Column(name, "boolean", ExpressionWrapper(condition, output_field=BooleanField()), description)


def indicators_of(column: str):
    """The indicators whose definition in force has one of these values."""

    def codes(values, as_of) -> list[str]:
        rows = IndicatorDefinition.objects.as_of(as_of).filter(**{f"{column}__in": values})
        return list(rows.values_list("indicator_id", flat=True))

    return codes


FIELD = Filter("field", "领域代码", column="indicator", stands_for=indicators_of("field"), example="industry")
FIELD = replace(FIELD, pattern="[a-z_]{1,20}")
FORCE = choice("force", Definition.Force.values, "约束力", column="indicator", stands_for=indicators_of("force"))
ORIGIN = choice("origin", Origin.values, "指标来源", column="indicator", stands_for=indicators_of("origin"))

PROVENANCE = (
    Column("cite", "string", "cite", "依据类别", enum=Cite.values),
    Column("words", "string", "words", "原文"),
    Column("source", "string", "source", "出处"),
    Column("note", "string", "note", "说明"),
    Column("document", "string", "document_id", "依据文件代码", is_nullable=True),
    Column("document_title", "string", "document__title", "依据文件标题", is_nullable=True),
    Column("reason", "string", "reason", "这一版本的理由"),
    Column("recorded_via", "string", "recorded_via", "途径", enum=Versioned.Via.values),
)
INDICATORS = List(
    name="indicators",
    item="Indicator",
    title="指标",
    tag="基础数据",
    description="指标目录：现行口径（或 as_of 当时的口径）及其依据。代码永不改变，其余每次变动都是新版本。",
    columns=(
        Column("code", "string", "indicator_id", "指标代码", is_code=True, example="P01"),
        Column("position", "integer", "indicator__position", "次序"),
        Column("version", "integer", "version", "口径版本"),
        Column("name", "string", "name", "名称"),
        Column("name_en", "string", "name_en", "英文名"),
        Column("unit", "string", "unit", "计量单位", example="%"),
        Column("decimals", "integer", "decimals", "小数位"),
        Column("direction", "integer", "direction", "方向：1 越高越好，-1 越低越好，0 在区间内", example=1),
        Column(
            "force",
            "string",
            "force",
            "约束性 binding、预期性 expected；空为方案没有区分",
            enum=("", *Definition.Force.values),
        ),
        Column("stages", "string", "stages", "阶段的名称，按先后用 / 隔开，第一个的值为 0；空为不分阶段"),
        Column("stages_en", "string", "stages_en", "阶段的英文名，一一对应；空为没有"),
        Column("only_areas", "string", "only_areas", "只有这些地区有，用顿号隔开；空为各地都有"),
        Column("first_year", "integer", "first_year", "从哪一年起才有", is_nullable=True),
        Column("last_year", "integer", "last_year", "到哪一年为止", is_nullable=True),
        Column("break_year", "integer", "break_year", "从这一年起口径与以前不同，前后不可直接比较", is_nullable=True),
        Column("break_note", "string", "break_note", "口径怎样改变"),
        Column("kind", "string", "kind", "性质：年度水平、累计", enum=IndicatorDefinition.Kind.values),
        number("tolerance", "容差，按本指标单位"),
        Column("tolerance_cite", "string", "tolerance_cite", "容差依据", enum=Cite.values),
        number("lower_bound", "下限", is_nullable=True),
        number("upper_bound", "上限", is_nullable=True),
        Column("field", "string", "field_id", "领域代码", is_code=True),
        Column("field_name", "string", "field__name", "领域名称"),
        Column("chapter", "integer", "chapter_id", "方案第几章"),
        Column("origin", "string", "origin", "来源：省定、市特色", enum=Origin.values),
        Column("owner", "string", "owner", "责任部门"),
        Column("definition", "string", "definition", "计算方法"),
        Column("derived_from", "string", "derived_from", "自动取数的登记簿；空为人工填报"),
        Column("numerator_name", "string", "numerator_name", "分子；空为不是比率，或没有写明"),
        Column("numerator_unit", "string", "numerator_unit", "分子的单位"),
        Column("numerator_source", "string", "numerator_source", "分子取自哪里"),
        Column("denominator_name", "string", "denominator_name", "分母"),
        Column("denominator_unit", "string", "denominator_unit", "分母的单位"),
        Column("denominator_source", "string", "denominator_source", "分母取自哪里"),
        number("parts_factor", "分子÷分母乘以多少得出数值；没有分子、分母为 null", is_nullable=True, example=100.0),
        Column("parts_cite", "string", "parts_cite", "分子、分母的依据", enum=Cite.values),
        Column(
            "aggregation",
            "string",
            "aggregation",
            "全市的数怎样得出；空为不汇总",
            enum=("", *Definition.Aggregation.values),
        ),
        Column("is_quarterly", "boolean", "is_quarterly", "可以按季知道"),
        *PROVENANCE,
        DEMO,
        truth("is_provisional", ~Q(cite__in=CERTAIN), "暂定：尚非主管部门正式表"),
        Column("recorded_at", "date-time", "recorded_at", "这一版本的记录时间"),
    ),
    rows=lambda user, as_of: IndicatorDefinition.objects.visible_to(user).as_of(as_of),
    key=("code",),
    filters=(
        replace(INDICATOR, column="code"),
        Filter("field", "领域代码", pattern=FIELD.pattern, example=FIELD.example),
        choice("origin", Origin.values, "指标来源"),
        choice("force", Definition.Force.values, "约束力：binding 约束性，expected 预期性"),
        choice("kind", IndicatorDefinition.Kind.values, "性质"),
    ),
    updated="recorded_at",
    has_as_of=True,
    is_same_for_all=True,
    unaffected_by=("reporting",),
)


def facts(model: type[Fact], name: str, title: str, description: str, moment: Column, more: tuple = ()) -> List:
    """The list of one series of facts: the version in force of each number; `more` columns stand beside the value."""
    return List(
        name=name,
        item=model.__name__,
        title=title,
        tag="数据",
        description=description,
        columns=(
            *KEY,
            number("value", "数值，按指标单位", example=95.5),
            *more,
            Column("version", "integer", "version", "这一数字的版本", example=1),
            *PROVENANCE,
            Column("year_cite", "string", "year_cite", "年份依据；空为原文写明", enum=("", *Cite.values)),
            DEMO,
            truth("is_provisional", UNCERTAIN, "暂定：尚非主管部门正式表"),
            moment,
        ),
        rows=lambda user, as_of: model.objects.visible_to(user).as_of(as_of),
        key=("area", "indicator", "year"),
        filters=(AREA, INDICATOR, *YEARS, FIELD, ORIGIN, FORCE),
        updated=moment.name,
        has_as_of=True,
        measures=("value",),
        beside=tuple(column.name for column in more),
        labels=names,
        units=units,
        is_same_for_all=True,
        unaffected_by=("reporting",),
    )


RECORDED = Column("recorded_at", "date-time", "recorded_at", "这一版本的记录时间")
APPROVED = Column("approved_at", "date-time", "recorded_at", "这一版本成为官方数值的时间")
UPPER_END = (number("value_high", "区间的上限，只有方向为 0 的指标有；value 是下限", is_nullable=True),)
TARGETS = facts(Target, "targets", "年度目标", "各地区自己的年度目标。", RECORDED, UPPER_END)
STANDARDS = facts(Standard, "standards", "省定标准", "省里对各地区各年的要求。", RECORDED, UPPER_END)
PARTS = (
    number("numerator", "数值由它除以 denominator 得出；只有结果的为 null", is_nullable=True, example=318720.0),
    number("denominator", "分母", is_nullable=True, example=320000.0),
    Column("reached_on", "date", "reached_on", "阶段是哪一天达到的；不分阶段的为 null", is_nullable=True),
)
OBSERVATIONS = facts(Observation, "observations", "官方数值", "审核通过或由正式表导入的官方数值。", APPROVED, PARTS)


NUMBERS = (
    judged("value", "实际值"),
    judged("target", "本地区年度目标"),
    judged("standard", "省定标准"),
    judged("target_high", "年度目标区间的上限，只有方向为 0 的指标有；target 是下限"),
    judged("standard_high", "省定标准区间的上限"),
    judged("gap", "与目标的差距，正数为优于目标"),
    judged("attainment", "完成率"),
    judged("standard_gap", "与省定标准的差距，正数为优于标准"),
    judged("ambition_gap", "目标与省定标准的差距，负数为目标定得比标准低"),
    judged("change", "比上年的变化"),
    judged("mean_change", "基期以来年均变化"),
    judged("required_change", "到目标年为止每年需要的变化"),
    judged("pace", "进度：已完成份额 ÷ 应完成份额"),
    judged("projection", "按年均变化推算的目标年数值"),
    judged("probability", "达到目标年目标的可能性，0 至 1，由该年及以前的官方数值推算；无法判断为 null"),
    judged("range_low", "80% 区间的下限：有值的年份为目标年数值的区间，此后的年份为当年数值的区间"),
    judged("range_high", "80% 区间的上限"),
)
ASSESSED = (
    *KEY,
    *NUMBERS,
    Column("status", "string", "status", "与目标比较", enum=STATUSES),
    Column("standard_status", "string", "standard_status", "与省定标准比较", enum=STANDARD_STATUSES),
    Column("outlook", "string", "outlook", "到目标年的前景", enum=gaps.OUTLOOKS),
    Column("is_slipping", "boolean", "is_slipping", "比上年变差"),
    Column("value_version", "integer", "value_version", "所用实际值的版本", is_nullable=True),
    Column("target_version", "integer", "target_version", "所用目标的版本", is_nullable=True),
    Column("standard_version", "integer", "standard_version", "所用省定标准的版本", is_nullable=True),
    Column("definition_version", "integer", "definition_version", "所用口径的版本"),
    Column("is_demo", "boolean", "is_demo", "至少一项输入是演示数据"),
    Column("is_provisional", "boolean", "is_provisional", "至少一项输入为暂定"),
    Column("rule_version", "string", "rule_version", "评估规则的版本", is_code=True),
    Column("grade", "string", grade_case(), f"可能性的等级：{GRADE_LIMITS}；没有的 unknown", enum=GRADE_CODES),
    Column("forecast_version", "string", "forecast_version", "推算方法的版本", is_code=True),
    Column("assessed_at", "date-time", "assessed_at", "评估时间；as_of 为当场计算，没有此项", is_nullable=True),
)


def assessed_rows(as_of, areas, indicators) -> list[tuple]:
    """Assessments as they would have been at `as_of`, in the order of ASSESSED."""
    frame = assessed_frame(areas=_counties(areas), indicators=indicators, as_of=as_of)
    frame = frame.assign(assessed_at=None, grade=grade_of(frame["probability"].to_numpy()))
    plain = frame[[column.name for column in ASSESSED]].astype(object)
    rows = plain.where(plain.notna(), None).itertuples(index=False, name=None)
    # A column with absent values comes as floats: versions are whole numbers again.
    versions = {place for place, column in enumerate(ASSESSED) if column.name in INPUT_VERSIONS}
    return [_with_whole(row, versions) for row in rows]


def _with_whole(row: tuple, places: set[int]) -> tuple:
    """The row, with the numbers at these places as integers."""
    values = list(row)
    for place in places:
        if values[place] is not None:
            values[place] = int(values[place])
    return tuple(values)


def _counties(codes: list | None) -> list | None:
    if codes is None:
        return None
    return list(Area.objects.judged().filter(code__in=codes).values_list("code", flat=True))


ASSESSMENTS = List(
    name="assessments",
    item="Assessment",
    title="评估",
    tag="数据",
    description="每个地区、指标、年份的评估：数值、目标、标准，以及由此算出的全部结果。缺任一项的结果为 null。",
    columns=ASSESSED,
    rows=lambda user, as_of: Assessment.objects.visible_to(user),
    key=("area", "indicator", "year"),
    filters=(
        AREA,
        INDICATOR,
        *YEARS,
        choice("status", STATUSES, "与目标比较的结果"),
        choice("standard_status", STANDARD_STATUSES, "与省定标准比较的结果"),
        choice("outlook", gaps.OUTLOOKS, "前景"),
        FIELD,
        ORIGIN,
        FORCE,
    ),
    updated="assessed_at",
    has_as_of=True,
    computed=assessed_rows,
    measures=tuple(column.name for column in NUMBERS),
    labels=names,
    units=units,
    is_same_for_all=True,
    unaffected_by=("reporting",),
)


class AssessmentView(ItemView):
    """One assessment, with the words for it."""

    list = ASSESSMENTS
    item = "AssessmentExplained"
    title = "一项评估及其说明"
    description = "一个地区、指标、年份的评估，并用文字说明用了哪些数、哪条规则、怎样得出。"
    path_parameters = (AREA_PATH, INDICATOR_PATH, YEAR_PATH)
    more_schema = {
        "explanation": {
            "type": "object",
            "required": ["zh", "en"],
            "properties": {
                "zh": {"type": "array", "items": {"type": "string"}, "description": "中文"},
                "en": {"type": "array", "items": {"type": "string"}, "description": "英文"},
            },
        }
    }

    def absent(self, **path: Any) -> str:
        area, indicator, year = path["area"], path["indicator"], path["year"]
        return (
            unknown_area(area)
            or unknown_indicator(indicator)
            or year_outside(year)
            or _("{area} 的 {indicator} 没有 {year} 年的评估。").format(area=area, indicator=indicator, year=year)
        )

    def more(self, row, request, as_of):
        known = explained(row, as_of)
        plan = Plan.objects.get()
        span = {"baseline_year": plan.baseline_year, "final_year": plan.final_year}
        final = Target.objects.as_of(as_of).filter(area=row["area"], indicator=row["indicator"], year=plan.final_year)
        ends = final.values_list("value", "value_high").first() or (None, None)
        known["final_target"], known["final_target_high"] = ends
        return {"explanation": {code: gaps.explain(known, language=code, **span) for code in ("zh", "en")}}


def unknown_indicator(code: str) -> str:
    """Words where no indicator has the code; nothing where one has."""
    if Indicator.objects.filter(code=code).exists():
        return ""
    return _("没有代码为 {code} 的指标；全部代码见 /api/v1/indicators/。").format(code=code[:16])


def explained(row: dict, as_of) -> dict:
    """The row with what its explanation needs besides."""
    names = (
        "name",
        "unit",
        "decimals",
        "direction",
        "tolerance",
        "lower_bound",
        "upper_bound",
        "stages",
        "stages_en",
        "break_year",
        "break_note",
    )
    definition = IndicatorDefinition.objects.as_of(as_of).filter(indicator=row["indicator"]).values(*names).first()
    area = Area.objects.filter(code=row["area"]).values_list("name", flat=True).first()
    return row | definition | {"area_name": area, "tolerance": float(definition["tolerance"])}
