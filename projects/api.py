"""The register as a list of the API, and one project with everything that stands under it."""

from django.db.models import FloatField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from areas.filters import AREA
from lib.listapi.lists import Column, Filter, List, choice, flag
from lib.listapi.openapi import path_parameter
from lib.listapi.views import ItemView
from projects.amounts import counting_amount
from projects.models import ProgressReport, Project, ProjectAmount, ProjectEvent, ProjectQuerySet

LATEST = ProgressReport.objects.of_outer_project()
CHANGED = ProjectEvent.objects.filter(project=OuterRef("pk")).order_by().values("project").annotate(last=Max("at"))
CODE_PATH = path_parameter("code", {"type": "string", "pattern": "^PRJ-[0-9]{4,8}$", "examples": ["PRJ-0001"]}, "编号")
INDICATOR_CODE = "[A-Z][A-Z0-9_]{0,15}"


def yi(name: str, source, description: str) -> Column:
    return Column(name, "number", Cast(source, FloatField()), description, is_nullable=True)


def _in_areas(rows: ProjectQuerySet, codes: list) -> QuerySet[Project]:
    return rows.in_areas(codes)


def _serving(rows: ProjectQuerySet, indicators: list) -> QuerySet[Project]:
    return rows.serving(indicators)


PROJECTS = List(
    name="projects",
    item="Project",
    title="重大项目",
    tag="数据",
    description="项目库，金额为亿元。跨地区项目的 area 是份额最大的地区，各地区份额见单个项目；"
    "按 area 筛选时，在该地区有份额的都在内。public 为网上公开报道的项目，demo 为演示数据。",
    columns=(
        Column("code", "string", "code", "项目编号", is_code=True, example="PRJ-0001"),
        Column("name", "string", "name", "项目名称"),
        Column("area", "string", "main_area_id", "份额最大的地区的区划代码", is_code=True, example="330122"),
        Column("field", "string", "field_id", "领域代码", is_code=True),
        Column("field_name", "string", "field__name", "领域"),
        Column("chapter", "integer", "chapter_id", "方案第几章", is_nullable=True),
        Column("organisation", "string", "organisation__name", "责任单位", is_nullable=True),
        Column("is_industrial", "boolean", "is_industrial", "产业项目"),
        Column("state", "string", "state", "前期、在建、完工、停滞、取消", enum=Project.State.values),
        Column("starts", "string", "starts", "开工：年、年-月或年-月-日；不详为空", is_code=True, example="2024-03"),
        Column("ends", "string", "ends", "计划完工，写法同上", is_code=True),
        Column("completed", "string", "completed", "实际完工，写法同上", is_code=True),
        Column("landed_on", "date", "landed_on", "落地日期", is_nullable=True),
        Column("landing_basis", "string", "landing_basis", "落地认定", enum=("", *Project.LandingBasis.values)),
        Column("landing_words", "string", "landing_words", "落地认定说明"),
        yi("total_yi", "total_yi", "总投资（亿元）：各阶段投资额中现行有效的一笔；没有则为空"),
        yi("completed_yi", Subquery(LATEST.values("completed_yi")[:1]), "累计完成投资（亿元），自开工起"),
        Column("reported_year", "integer", Subquery(LATEST.values("year")[:1]), "进展年份", is_nullable=True),
        Column("reported_quarter", "integer", Subquery(LATEST.values("quarter")[:1]), "进展季度", is_nullable=True),
        Column("origin", "string", "origin", "公开信息、单位填报、演示数据", enum=Project.Origin.values),
        Column("source", "string", "source", "出处"),
        Column("note", "string", "note", "说明"),
        Column("version", "integer", "version", "版本"),
        Column("is_demo", "boolean", "is_demo", "演示数据：并非真实"),
        Column("updated_at", "date-time", Subquery(CHANGED.values("last")), "最近变动", is_nullable=True),
    ),
    rows=lambda user, as_of: Project.objects.visible_to(user),
    key=("code",),
    filters=(
        Filter("area", AREA.description, pattern=AREA.pattern, narrow=_in_areas, example=AREA.example),
        Filter("field", "领域代码", pattern="[a-z_]{1,20}", example="industry"),
        choice("state", Project.State.values, "项目状态"),
        choice("origin", Project.Origin.values, "项目来源"),
        flag("is_industrial", "是否产业项目"),
        Filter("indicator", "所服务的指标代码", pattern=INDICATOR_CODE, narrow=_serving, example="P01"),
    ),
    updated="updated_at",
    is_same_for_all=True,
    unaffected_by=("reporting", "indicators"),
)


# One project --------------------------------------------------------------------------------------


TEXT, WHOLE, NUMBER, TRUTH = ({"type": name} for name in ("string", "integer", "number", "boolean"))
MAYBE_NUMBER, MAYBE_WHOLE = {"type": ["number", "null"]}, {"type": ["integer", "null"]}


def _rows_of(description: str, **properties: dict) -> dict:
    row = {"type": "object", "required": list(properties), "properties": properties}
    return {"type": "array", "items": row, "description": description}


class ProjectView(ItemView):
    """One project with its shares, amounts, schedule, progress and the indicators that it serves."""

    list = PROJECTS
    item = "ProjectDetailed"
    title = "一个项目"
    description = "一个项目及其各地区份额、各阶段投资额（含更正前的）、年度投资计划、现行的季度进展和所服务的指标。"
    path_parameters = (CODE_PATH,)
    more_schema = {
        "shares": _rows_of("各地区份额，合计为 1", area=TEXT, share=NUMBER, is_inferred=TRUTH),
        "amounts": _rows_of(
            "各阶段投资额（亿元）；counts 为计入总投资的一笔，corrects 为所更正的一笔",
            id=WHOLE,
            stage={"type": "string", "enum": ProjectAmount.Stage.values},
            amount_yi=NUMBER,
            dated=TEXT,
            source=TEXT,
            corrects=MAYBE_WHOLE,
            counts=TRUTH,
        ),
        "schedule": _rows_of("年度投资计划（亿元）", year=WHOLE, planned_yi=NUMBER),
        "progress": _rows_of(
            "现行的季度进展；completed_yi 自开工累计（亿元）",
            year=WHOLE,
            quarter=WHOLE,
            version=WHOLE,
            completed_yi=MAYBE_NUMBER,
            image=TEXT,
            problem=TEXT,
            next_step=TEXT,
        ),
        "contributions": _rows_of(
            "对指标的预期贡献，按指标单位，正数为缩小差距", indicator=TEXT, area=TEXT, year=WHOLE, value=NUMBER
        ),
    }

    def more(self, row, request, as_of):
        project = Project.objects.visible_to(request.user).get(code=row["code"])
        return {
            "shares": _plain(project.shares.values("share", "is_inferred", "area_id"), area_id="area"),
            "amounts": _amounts(project),
            "schedule": _plain(project.schedule.values("year", "planned_yi")),
            "progress": _plain(project.progress.filter(is_current=True).values(*PROGRESS)),
            "contributions": _plain(
                project.contributions.values("indicator_id", "area_id", "year", "value"),
                indicator_id="indicator",
                area_id="area",
            ),
        }


PROGRESS = ("year", "quarter", "version", "completed_yi", "image", "problem", "next_step")
DECIMALS = {"share", "amount_yi", "planned_yi", "completed_yi", "value"}


def _amounts(project: Project) -> list[dict]:
    amounts = list(project.amounts.all())
    counting = counting_amount(amounts)
    found = []
    for row in amounts:
        about = {name: getattr(row, name) for name in ("id", "stage", "dated", "source")}
        sums = {"amount_yi": float(row.amount_yi), "corrects": row.corrects_id, "counts": row == counting}
        found.append({**about, **sums})
    return found


def _plain(rows, **names: str) -> list[dict]:
    """Rows of the database for JSON: decimals as doubles, foreign keys under the names of the API."""

    def plain(name: str, value):
        return float(value) if name in DECIMALS and value is not None else value

    return [{names.get(name, name): plain(name, value) for name, value in row.items()} for row in rows]
