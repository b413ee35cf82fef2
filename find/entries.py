"""What can be found, each with its address: what every login may open, and the pages that this reader may open."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from accounts.models import User
from areas.models import Area
from commitments.models import Commitment
from find.pinyin import initials, syllables
from funding.models import FundingSource
from indicators.models import IndicatorDefinition
from journal.versions import data_version
from lib.lru_cache import Recent
from matters.models import Matter
from pagecache.value_cache import NO_FIGURES
from plan.models import Chapter, Meeting, WorkItem
from projects.models import Project

# In this order where two fit equally well.
KINDS = {
    "cell": gettext_lazy("数值"),
    "page": gettext_lazy("页面"),
    "indicator": gettext_lazy("指标"),
    "county": gettext_lazy("地区"),
    "commitment": gettext_lazy("承诺"),
    "project": gettext_lazy("项目"),
    "task": gettext_lazy("任务"),
    "matter": gettext_lazy("督办事项"),
    "money": gettext_lazy("资金"),
    "plan": gettext_lazy("规划"),
}
RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
# name of the address: (what it is called, further words that people use for it)
PAGES = {
    "overview": (gettext_lazy("总览"), "首页 差距 地图"),
    "wall": (gettext_lazy("大屏"), "电视 墙 指挥中心 投屏"),
    "indicators": (gettext_lazy("指标"), "指标目录 定义"),
    "brief": (gettext_lazy("一屏简报"), "领导 要点 幻灯"),
    "map": (gettext_lazy("地图"), "分布 空间 项目分布"),
    "explore": (gettext_lazy("自选比较"), "画图 图表 散点 热图"),
    "compare": (gettext_lazy("两年对比"), "变化 同比"),
    "trust": (gettext_lazy("应验记录"), "预测 可信 概率"),
    "realism": (gettext_lazy("目标现实性"), "做到过 可比 县年"),
    "peers": (gettext_lazy("参照地区"), "对标 同类 外地"),
    "effort": (gettext_lazy("最小努力"), "组合 优化 达标 投入"),
    "whatif": (gettext_lazy("假设分析"), "如果 测算 推演"),
    "projects": (gettext_lazy("项目"), "重大项目 投资"),
    "funding": (gettext_lazy("资金"), "配套 到位 拨付"),
    "commitments": (gettext_lazy("承诺"), "兑现"),
    "plan": (gettext_lazy("规划"), "方案 原文 章节"),
    "tasks": (gettext_lazy("任务"), "清单 期限"),
    "meetings": (gettext_lazy("联席会议"), "纪要 议定事项"),
    "changes": (gettext_lazy("变更"), "更正 订正 历史"),
    "todo": (gettext_lazy("待办"), "轮到您 等我办 待处理 事项"),
    "guide": (gettext_lazy("使用说明"), "帮助 手册 怎样看 可能性 80%区间 存疑 进度相符 难以实现 暂定 含未审"),
    "api_docs": (gettext_lazy("接口文档"), "API 数据 下载"),
}
OF_REPORTING = {
    "worklist": (gettext_lazy("报送"), "填报 上报"),
    "progress": (gettext_lazy("进度与催报"), "逾期"),
    "notices": (gettext_lazy("通知"), "消息"),
    "matters": (gettext_lazy("督办事项"), "交办 签收 销号"),
    "lights": (gettext_lazy("亮灯"), "红黄绿灯 序时进度"),
    "bulletin": (gettext_lazy("通报"), "月度"),
}
OF_CITY = {"review": (gettext_lazy("审核"), "审批 退回"), "reports": (gettext_lazy("报告"), "PDF Word 打印 月报")}
_kept = Recent(4)  # by language and by state of the data


@dataclass(frozen=True, slots=True)
class Findable:
    """One thing that can be found. `more` are further words by which people look for it; what is looked at is made
    once: lower case, and the names also as pinyin."""

    kind: str
    code: str
    title: str
    href: str
    note: str = ""
    more: str = ""
    names: tuple[str, ...] = ()
    area: str = ""
    low_code: str = field(init=False)
    low_names: tuple[str, ...] = field(init=False)
    spelled: str = field(init=False)
    low_words: str = field(init=False)

    def __post_init__(self) -> None:
        names = (self.title, *self.names)
        chinese = " ".join(names)
        object.__setattr__(self, "low_code", self.code.lower())
        object.__setattr__(self, "low_names", tuple(name.lower() for name in names if name))
        object.__setattr__(self, "spelled", f"{initials(chinese)} {syllables(chinese)}".lower())
        object.__setattr__(self, "low_words", f"{self.more} {self.note}".lower())


def entries(user: User) -> list[Findable]:
    """What every login may open, kept for as long as no name changes, and this reader's pages."""
    version = (get_language(), data_version((*NO_FIGURES, "funding.flow"))[0])
    found = _kept.get(version)
    if found is None:
        found = [*_indicators(), *_counties(), *_commitments(), *_projects(), *_tasks(), *_money(), *_plan()]
        _kept.put(version, found)
    return [*_pages(user), *_matters(user), *found]


def _matters(user: User) -> Iterator[Findable]:
    """Those that this reader may see, asked for at each question: they are few."""
    for each in Matter.objects.visible_to(user).select_related("owner"):
        address = reverse("matter", args=[each.code])
        yield Findable("matter", each.code, each.title, address, note=each.owner.shown_name, more=each.words)


def _pages(user: User) -> Iterator[Findable]:
    asked = dict(PAGES)
    if user.role != User.Role.DEPARTMENT:
        asked |= OF_REPORTING
    if user.sees_all_counties:
        asked |= OF_CITY
    if user.sees_all_counties or user.own_area_code:
        asked["dispatch"] = (gettext_lazy("调度"), "调度清单 督办 催办")
    if user.imports_official_tables:
        asked["imports"] = (gettext_lazy("导入"), "上传 表格")
    for name, (title, more) in asked.items():
        yield Findable("page", "", str(title), reverse(name), more=more)


def _indicators() -> Iterator[Findable]:
    in_force = IndicatorDefinition.objects.as_of().select_related("field", "chapter")
    for each in in_force.order_by("indicator__position"):
        yield Findable(
            "indicator",
            each.indicator_id,
            each.shown_name,
            reverse("indicator", args=[each.indicator_id]),
            note=each.unit,
            more=f"{each.field} {each.definition}",
            names=(each.name, each.name_en),
        )


def _counties() -> Iterator[Findable]:
    for each in Area.objects.judged():
        names = (each.name, each.name_en)
        yield Findable("county", each.code, each.shown_name, reverse("county", args=[each.code]), names=names)


def _commitments() -> Iterator[Findable]:
    for each in Commitment.objects.order_by("position", "code"):
        yield Findable("commitment", each.code, each.name, reverse("commitment", args=[each.code]), more=each.words)


def _projects() -> Iterator[Findable]:
    """Rows, not models: a city has ten thousand."""
    rows = Project.objects.order_by("code").values_list("code", "name", "main_area", "main_area__name")
    root = reverse("projects")
    for code, name, area, area_name in rows:
        yield Findable("project", code, name, f"{root}{code}/", note=area_name, area=area)


def _tasks() -> Iterator[Findable]:
    for each in WorkItem.objects.select_related("responsible", "area").order_by("code"):
        note = each.responsible.shown_name
        yield Findable(
            "task", each.code, each.title, reverse("task", args=[each.code]), note=note, area=each.area_id or ""
        )


def _money() -> Iterator[Findable]:
    for each in FundingSource.objects.all():
        address = f"{reverse('flows')}?source={each.code}"
        yield Findable("money", each.code, each.shown_name, address, names=(each.name, each.name_en), more=each.payer)


def _plan() -> Iterator[Findable]:
    address = reverse("plan")
    for each in Chapter.objects.all():
        yield Findable("plan", "", str(each), f"{address}#chapter-{each.number}", more=f"{each.subjects} {each.words}")
    for meeting in Meeting.objects.all():
        yield Findable("plan", "", meeting.title, reverse("meetings"), note=str(meeting.held_on), more=meeting.minutes)
