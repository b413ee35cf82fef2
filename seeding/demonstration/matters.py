"""The demonstration's matters: six, each in another state, through the actions that people use, with dates counted from
the pretended today. The last closes itself by the approval of the demonstration's own round."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import F

from accounts.models import Organisation, User
from lib.days import SHANGHAI
from lib.web.languages import in_source_language
from matters.actions import Order, Said, issue_matter, take_step
from matters.causes import stand_of_figure
from matters.figure_ties import follow
from matters.models import Matter, MatterStep, Remark
from matters.notes import Word, add_note, reply_to
from matters.things import Thing, find_thing, judged_figure
from messaging.models import Message
from plan.models import Decision, WorkItem
from projects.frames import completion_by
from projects.models import Project
from reporting.models import Notice
from workdays.calendar import WorkCalendar, work_calendar

Step, Origin = MatterStep.Step, Matter.Origin
RECENT = 7
PROOF = b"%PDF-1.4\n% demonstration\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
LOGINS = ("leader", "municipal", "finance", "jiande", "chunan", "chunan-housing", "tonglu-housing")


class _Demo:
    """The people of the demonstration and its days; `year` is the one whose round is open."""

    def __init__(self, today: date, year: int, people: dict[str, User], calendar: WorkCalendar):
        self.today, self.year, self.people, self.calendar = today, year, people, calendar

    def past_cell(self, area: str, indicator: str) -> Thing:
        """Of the latest year in which every county is approved."""
        return self.thing("cell", f"{area}/{indicator}/{self.year - 1}")

    def at(self, days_ago: int, hour: int = 9) -> datetime:
        day = self.today - timedelta(days=days_ago)
        return datetime.combine(day, time(hour, 30), SHANGHAI).astimezone(UTC)

    def unit(self, login: str) -> Organisation:
        unit = self.people[login].organisation
        assert unit is not None  # nosec B101  # every login of the list but the leader has one
        return unit

    def login_of(self, unit: Organisation | None) -> str:
        """Who acts for a unit in the demonstration; empty where nobody does."""
        own = (name for name, person in self.people.items() if unit is not None and person.own_unit_id == unit.pk)
        return min(own, default="")

    def thing(self, kind: str, key: object) -> Thing:
        found = find_thing(kind, str(key), self.people["municipal"])
        assert found is not None  # nosec B101  # asked for of what was just looked up
        return found

    def issue(self, thing: Thing, days_ago: int, by: str, order: Order) -> Matter:
        return issue_matter(thing=thing, order=order, by=self.people[by], at=self.at(days_ago), is_demo=True)

    def step(self, matter: Matter, step: str, by: str, days_ago: int, said: Said | None = None) -> None:
        take_step(matter=matter, step=step, by=self.people[by], said=said, at=self.at(days_ago, 15))


@in_source_language()
def load_matters(*, today: date, year: int) -> None:
    """Nothing where any matter stands already, or where the logins are not the demonstration's. `year`: whose round is
    open."""
    people = {user.username: user for user in User.objects.filter(is_demo=True).select_related("organisation")}
    if Matter.objects.exists() or not set(LOGINS) <= people.keys():
        return
    demo = _Demo(today, year, people, work_calendar())
    for make in (_verified, _under_way, _reported, _closed_by_its_figure, _signed, _issued):
        make(demo)
    _say(demo)
    _read(demo)


def _issued(demo: _Demo) -> None:
    """By the leader, yesterday; not signed for yet."""
    due_on = demo.calendar.after(demo.today, 10)
    order = Order("请说明差距原因，提出赶上年度目标的办法。", demo.unit("chunan-housing"), due_on)
    demo.issue(demo.past_cell("330127", "P02"), 1, "leader", order)


def _signed(demo: _Demo) -> None:
    """From the dispatch list; the unit asks for more time."""
    project = _farthest_behind("330182", demo.today)
    login = demo.login_of(project.organisation) if project else ""
    if project is None or not login:
        return
    due_on = demo.today + timedelta(days=5)
    order = Order("请倒排工期，把落后的投资补上。", demo.unit(login), due_on, Origin.LINE)
    matter = demo.issue(demo.thing("project", project.code), 12, "municipal", order)
    demo.step(matter, Step.SIGN, login, 11)
    said = Said("雨季停工，需要顺延。", due_on + timedelta(days=21))
    demo.step(matter, Step.ASK_DELAY, login, 2, said)


def _farthest_behind(area: str, today: date) -> Project | None:
    """The project of a county whose investment lags the most behind its plan, which is what the order says of it."""
    rows = Project.objects.filter(main_area=area, is_demo=True, state="started").select_related("organisation")
    stand = completion_by(rows, today)
    lags = {key: planned - done for key, (planned, done) in stand.items() if planned and done is not None}
    late = [project for project in rows.order_by("code") if lags.get(project.pk, 0) > 0]
    return max(late, key=lambda project: lags[project.pk], default=None)


def _under_way(demo: _Demo) -> None:
    """Late, and escalated."""
    item = WorkItem.objects.filter(area="330127", state="open").order_by("due_on", "code").first()
    login = demo.login_of(item.responsible) if item else ""
    if item is None or not login:
        return
    order = Order("请倒排工期，每周报进展。", demo.unit(login), demo.today - timedelta(days=9), Origin.LINE)
    matter = demo.issue(demo.thing("task", item.code), 40, "municipal", order)
    demo.step(matter, Step.SIGN, login, 39)
    demo.step(matter, Step.PROGRESS, login, 20, Said("完成勘测，施工图在审。", percent_done=40))
    demo.step(matter, Step.ESCALATE, "municipal", 3, Said("期限已过，请分管县领导过问。"))


def _reported(demo: _Demo) -> None:
    """Reported done, with proof; waits for the city."""
    order = Order(
        "请把库区未覆盖的村列出清单，报完成时间。", demo.unit("chunan"), demo.today + timedelta(days=8), Origin.LINE
    )
    matter = demo.issue(demo.thing("commitment", "C13/330127"), 25, "municipal", order)
    demo.step(matter, Step.SIGN, "chunan", 24)
    demo.step(matter, Step.PROGRESS, "chunan", 10, Said("清单已到乡镇核对。", percent_done=70))
    said = Said("清单和完成时间已报，见附件。", files=[("演示佐证.pdf", PROOF)])
    demo.step(matter, Step.REPORT, "chunan", 1, said)


def _verified(demo: _Demo) -> None:
    """From a decision of the joint conference; checked, not yet closed."""
    decision = Decision.objects.filter(meeting__is_demo=True).order_by("meeting__held_on", "number").first()
    if decision is None:
        return
    order = Order("请按议定事项办理并书面反馈。", demo.unit("finance"), demo.today - timedelta(days=6), Origin.DECISION)
    matter = demo.issue(demo.thing("decision", decision.pk), 45, "municipal", order)
    demo.step(matter, Step.SIGN, "finance", 44)
    said = Said("已办理，反馈函见附件。", files=[("演示反馈函.pdf", PROOF + b"\n")])
    demo.step(matter, Step.REPORT, "finance", 9, said)
    demo.step(matter, Step.VERIFY, "municipal", 4)


def _closed_by_its_figure(demo: _Demo) -> None:
    """Asked for before the year's value was official, closed by the value's approval."""
    key = ("330122", "P02", demo.year)
    thing = demo.thing("cell", "/".join(map(str, key)))
    before, now = judged_figure(*key, as_of=demo.at(20)), judged_figure(*key)
    order = Order("请保证按时完成年度目标。", demo.unit("tonglu-housing"), demo.today + timedelta(days=10))
    matter = demo.issue(replace(thing, figure=before), 20, "leader", order)
    demo.step(matter, Step.SIGN, "tonglu-housing", 19)
    if now is not None:
        follow(matter.pk, stand_of_figure(now), at=demo.at(6, 11))


def _read(demo: _Demo) -> None:
    """What was told longer than RECENT days ago has been read; the rest is what is new in the demonstration."""
    until = demo.at(RECENT, 0)
    told = Notice.objects.filter(item__startswith=Notice.SAID, is_demo=True, at__lt=until)
    told.update(read_at=F("at") + timedelta(hours=2))
    Message.objects.filter(is_demo=True, at__lt=until).update(read_at=F("at") + timedelta(hours=2))


def _say(demo: _Demo) -> None:
    """A question of the leader, answered; a note with a unit named."""
    housing = demo.past_cell("330182", "P03")
    units: Sequence[Organisation] = [demo.unit("jiande")]
    word = Word("与年度目标的差距主要在哪里？", Remark.Kind.QUESTION, units)
    asked = add_note(thing=housing, word=word, by=demo.people["leader"], at=demo.at(8), is_demo=True)
    answer = Word("演示：新建的还没有备案，没有计入。")
    reply_to(note=asked, thing=housing, word=answer, by=demo.people["jiande"], at=demo.at(7), is_demo=True)
    note = Word("分母用的是常住人口，已和统计局核对。", units=[demo.unit("chunan")])
    cell = demo.past_cell("330127", "P02")
    add_note(thing=cell, word=note, by=demo.people["municipal"], at=demo.at(5), is_demo=True)
