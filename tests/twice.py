"""Every form that makes something, filled in as a browser would: what `tests/test_once.py` sends twice, one after the
other and, on PostgreSQL, at once. `python -m tests.twice` does the latter on the database of DATABASE_URL and prints
what became of each form as one JSON document."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import django

if __name__ == "__main__":
    django.setup()

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Organisation, User
from commitments.models import Commitment
from county_urbanization.rooms import ROOMS
from funding.models import Flow
from funding.workbook import TITLES
from indicators.exports import export_plan
from journal.models import SubmittedForm
from matters.models import Matter
from messaging import actions as messaging
from messaging.models import Endpoint, Threshold
from messaging.subscribing import register_endpoint
from peers.models import ReferenceSource
from plan.models import WorkItem
from projects.models import Project
from pulling import actions as pulling
from pulling.models import Source
from tests.threads import all_at_once

PROGRAM = "abcdefghijkm"
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


class Forms(HTMLParser):
    """The forms of a page that are sent by POST: (address, {name: [values]} as they are filled in)."""

    def __init__(self, page: str):
        super().__init__()
        self.page, self.found, self.form = page, [], None
        self.select = self.area = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.form = (given.get("action") or self.page, {})
            self.found.append(self.form)
        if self.form is None:
            return
        name = given.get("name")
        if tag == "input" and name and given.get("type") not in {"submit", "file", "button"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self._add(name, given.get("value", ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self._add(self.select, given.get("value", ""))
        elif tag == "textarea" and name:
            self.area = name
            self._add(name, "")

    def handle_data(self, data):
        if self.area:
            self.form[1][self.area][-1] += data

    def handle_endtag(self, tag):
        self.form = None if tag == "form" else self.form
        self.select = None if tag == "select" else self.select
        self.area = None if tag == "textarea" else self.area

    def _add(self, name, value):
        self.form[1].setdefault(name, []).append(value or "")


@dataclass(frozen=True)
class Sent:
    """One form: who sends it, on which page it stands, what is typed; `makes`, the rows that one sending makes, and
    how many. `button` is the address of the form where the page has several."""

    page: str
    typed: dict = field(default_factory=dict)
    makes: str = ""
    rows: int | None = 1  # None: as many as there are to press, or as an import before it left to change
    login: str = "municipal"
    button: str = ""
    files: Callable[[], dict] = dict
    prepare: Callable[[Client], str] | None = None
    has_key: bool = True


# Forms in the head of each page: they are tested by themselves.
OF_EVERY_PAGE = ("/language/", "/accounts/logout/", "/favourites/", "/accounts/appearance/")


def filled(client: Client, sent: Sent, places: dict) -> tuple[str, dict]:
    """(address, what is sent) of the form on its page."""
    page = sent.prepare(client) if sent.prepare else sent.page.format(**places)
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    reader = Forms(page)
    reader.feed(answer.content.decode())
    wanted = sent.button.format(**places)
    forms = [form for form in reader.found if not form[0].startswith(OF_EVERY_PAGE)]
    address, given = next(form for form in forms if form[0].startswith(wanted))
    typed = {name: value.format(**places) if isinstance(value, str) else value for name, value in sent.typed.items()}
    return address, {**given, **typed}


def post(client: Client, address: str, given: dict, sent: Sent):
    return client.post(address, {**given, **sent.files()})


def counted() -> dict[str, int]:
    """The rows of every table of ours."""
    models = [model for app in ROOMS for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model._base_manager.count() for model in models}


def made_since(before: dict[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in counted().items() if count != before[name]}


def places() -> dict:
    """What stands for it in an address; of the demonstration."""
    task = WorkItem.objects.filter(state="open").order_by("pk").first()
    return {
        "task": task.code,
        "matter": Matter.objects.filter(state="reported").get().code,
        "responsible": task.responsible_id,
        "chapter": task.chapter_id,
        "unit": Organisation.objects.get(code="HZDRC").pk,
        "commitment": Commitment.objects.filter(source_kind=Commitment.Source.STATEMENTS).first().code,
        "project": Project.objects.filter(main_area="330127", state="planned").order_by("pk").first().code,
        "source": ReferenceSource.objects.in_force().first().pk,
        "flow": Flow.objects.filter(corrects=None, project=None).order_by("pk").first().pk,
    }


def flows_file(client: Client, amount: str = "88.25") -> str:
    out = io.StringIO()
    row = {"区划代码": "330122", "资金年度": "2025", "资金代码": "F3", "资金状态": "到位", "金额（万元）": amount}
    row |= {"办理日期": "2025-12-02"}
    writer = csv.DictWriter(out, TITLES)
    writer.writeheader()
    writer.writerow(row)
    return client.post("/funding/upload/", {"file": SimpleUploadedFile("f.csv", out.getvalue().encode())}).url


def peers_file(client: Client, value: str = "88") -> str:
    content = f"area,indicator,year,value,unit\n甲县,污水处理率,2015,{value},%\n".encode()
    said = {"title": f"某省 {value}", "publisher": "某省统计局", "licence": "公开"}
    return client.post("/peers/upload/", {"file": SimpleUploadedFile("p.csv", content), **said}).url


def plan_file(client: Client, target: int = 75) -> str:
    book = load_workbook(io.BytesIO(export_plan()))
    book["年度目标"]["J2"] = target
    data = {"kind": "plan", "file": _workbook(book), "document": "杭发改〔2026〕1号", "reason": "正式印发"}
    return client.post("/imports/", data).url


def projects_file(client: Client, more: str = "二期") -> str:
    book = load_workbook(io.BytesIO(client.get("/projects/workbook.xlsx?q=污水").content))
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if str(row[0].value or "").startswith("PRJ-"))
    row[titles.index("项目名称")].value += more
    return client.post("/projects/upload/", {"file": _workbook(book)}).url


def sheet_file(client: Client, value: float = 4.15) -> str:
    """P03 of Chun'an's sheet of 2025, filled in by the bureau that has it."""
    place = "/reporting/330127/2025/"
    book = load_workbook(io.BytesIO(client.get(f"{place}sheet.xlsx").content))
    rows = [row for row in book.worksheets[0].iter_rows() if len(row) > 3]
    titles = next(values for values in ([cell.value for cell in row] for row in rows) if "代码" in values)
    row = next(row for row in rows if row[titles.index("代码")].value == "P03")
    row[titles.index("实际值")].value = value
    return client.post(f"{place}upload/", {"file": _workbook(book)}).url


def confirmed(upload: Callable[..., str], other: object) -> Callable[[Client], str]:
    """The page that undoes such an upload; `other`: what the file says that one before it did not."""

    def prepare(client: Client) -> str:
        page = upload(client, other)
        shown = Forms(page)
        shown.feed(client.get(page).content.decode())
        seen = next(given["fingerprint"][0] for _address, given in shown.found if "fingerprint" in given)
        assert client.post(page, {"fingerprint": seen}).status_code == 302
        return f"{page}undo/"

    return prepare


def a_program(client: Client) -> str:
    by = User.objects.get(pk=client.session["_auth_user_id"])
    found = {"name": "统计系统", "url": "https://example.org/x", "organisation": by.organisation}
    endpoint, _secret = register_endpoint(**found, by=by)
    Endpoint.objects.filter(pk=endpoint.pk).update(uid=PROGRAM)
    return f"/webhooks/{PROGRAM}/"


def _workbook(book) -> SimpleUploadedFile:
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("表.xlsx", out.getvalue())


FLOW = {"area": "330122", "year": "2025", "source": "F3", "state": "arrived", "amount_wan": "12.5"}
FLOW |= {"happened_on": "2025-12-01"}
TASK = {"title": "开工标准厂房", "chapter": "{chapter}", "due_on": "2027-03-01", "responsible": "{responsible}"}
PROJECT = {"name": "城东标准厂房", "field_id": "industry", "shares-0-area": "330127", "shares-0-percent": "100"}
SENT = {
    "new_flow": Sent("/funding/flows/new/", FLOW, "funding.Flow"),
    "flow": Sent("/funding/flows/{flow}/", {"to_amount_wan": "3.5", "reason": "登错"}, "funding.Flow"),
    "matching_rule": Sent("/funding/rule/", {"floor_ratio": "0.9", "reason": "纪要"}, "funding.MatchingRule"),
    "number_rules": Sent(
        "/reporting/rules/",
        {"code": "R09", "text": "P08 <= P07", "severity": "soft", "reason": "联席会议纪要"},
        "reporting.NumberRule",
        button="/reporting/rules/",
    ),
    "flows_preview": Sent("", makes="funding.Flow", prepare=flows_file),
    "project_new": Sent("/projects/new/", PROJECT, "projects.Project"),
    "project_edit": Sent("/projects/{project}/edit/", {"name": "改名", "reason": "批复"}, "projects.ProjectEvent"),
    "project_amount": Sent(
        "/projects/{project}/amounts/",
        {"stage": "estimate", "amount_yi": "3.2", "dated": "2026-01"},
        "projects.ProjectAmount",
    ),
    "project_progress": Sent(
        "/projects/{project}/progress/",
        {"year": "2025", "quarter": "3", "completed_yi": "0.1", "image": "平整场地"},
        "projects.ProjectEvent",
    ),
    "project_state": Sent(
        "/projects/{project}/state/",
        {"state": "cancelled", "on": "2026-03-01", "reason": "选址调整"},
        "projects.ProjectEvent",
    ),
    "peers_preview": Sent("", makes="peers.ReferenceSource", prepare=peers_file),
    "peers_undo": Sent(
        "", {"reason": "传错了表"}, "journal.AuditEntry", rows=None, prepare=confirmed(peers_file, "89")
    ),
    "peers_source": Sent("/peers/{source}/", {"reason": "发布了新版本"}, "journal.AuditEntry"),
    "projects_preview": Sent("", makes="projects.ProjectEvent", prepare=projects_file),
    "retarget": Sent(
        "/cells/330127/P02/2026/target/", {"value": "97.5", "document": "通知", "reason": "调整"}, "indicators.Target"
    ),
    "import_preview": Sent("", makes="indicators.Target", rows=20, prepare=plan_file),
    "confirm_plan": Sent(
        "/plan/confirm/",
        {"point": "promise:C01", "document": "杭发改〔2026〕1号", "reason": "市政府常务会议审定印发"},
        "journal.AuditEntry",
    ),
    "new_task": Sent("/plan/tasks/new/", TASK, "plan.WorkItem"),
    "edit_task": Sent("/plan/tasks/{task}/edit/", {"title": "改了的任务", "reason": "纪要"}, "journal.AuditEntry"),
    "task": Sent("/plan/tasks/{task}/", {"words": "已开工"}, "plan.ProgressStatement"),
    "meetings": Sent(
        "/plan/meetings/", {"held_on": "2026-03-01", "title": "第九次会议", "decisions": "一事一议"}, "plan.Meeting"
    ),
    "commitment": Sent(
        "/commitments/{commitment}/",
        {"area": "330127", "standing": "on_track", "words": "已开工"},
        "commitments.CommitmentStatement",
    ),
    "reports": Sent("/reports/", {"year": "2024"}, "journal.ReportIssue"),
    "tokens": Sent(
        "/accounts/tokens/",
        {"name": "每日取数", "organisation": "{unit}", "scopes": ["read"], "days": "30"},
        "accounts.AccessToken",
    ),
    "new_threshold": Sent(
        "/messages/",
        {"subject": "indicator", "area": "330127", "indicator": "P02", "side": "below", "limit": "90"},
        "messaging.Threshold",
        button="/messages/thresholds/",
    ),
    "embeddings": Sent("/embeds/", {"address": "/charts/status.svg", "hosts": "https://a.example"}, "charts.Embedding"),
    "webhooks": Sent(
        "/webhooks/", {"name": "统计系统", "url": "https://example.org/x", "wants_changes": "on"}, "messaging.Endpoint"
    ),
    "pulls": Sent(
        "/pulls/",
        {"name": "住建系统", "kind": "json", "address": "https://example.org/x", "every": "day"}
        | {"column_indicator": "item", "column_value": "val"},
        "pulling.Source",
        login="chunan-housing",
    ),
    "webhook_renew": Sent("", makes="journal.AuditEntry", prepare=a_program, button=f"/webhooks/{PROGRAM}/renew/"),
    "new_round": Sent("/reporting/", {"year": "2026", "due_on": "2027-03-31"}, "reporting.Round"),
    "reminders": Sent(
        "/reporting/progress/?year=2025", makes="reporting.Notice", rows=None, button="/reporting/progress/rem"
    ),
    "thing": Sent("/on/county/330127/", {"what": "note", "words": "已与统计局核对"}, "matters.Remark"),
    "matter": Sent("/matters/{matter}/", makes="matters.MatterStep"),
    "lights": Sent("/lights/", {"yellow": "12", "red": "35", "reason": "联席会议纪要要求"}, "matters.LightRule"),
    "dispatch_press": Sent("/dispatch/", {"all": "1"}, "reporting.Notice", rows=None),
    "sheet_upload_preview": Sent("", makes="reporting.EntryVersion", login="chunan-health", prepare=sheet_file),
    "sheet_upload_undo": Sent(
        "", {"reason": "传错"}, "reporting.EntryVersion", login="chunan-health", prepare=confirmed(sheet_file, 4.35)
    ),
    "flows_undo": Sent("", {"reason": "传错"}, "funding.Flow", prepare=confirmed(flows_file, "91.75")),
    "projects_undo": Sent("", {"reason": "传错"}, "projects.ProjectEvent", prepare=confirmed(projects_file, "三期")),
    "import_undo": Sent("", {"reason": "传错"}, "indicators.Target", rows=None, prepare=confirmed(plan_file, 76)),
    # Without a key, because sending them again changes nothing by what they are.
    "evidence": Sent(
        "/reporting/330127/2025/evidence/",
        makes="reporting.Evidence",
        login="chunan-health",
        files=lambda: {"file": SimpleUploadedFile("证明.pdf", PDF)},
        has_key=False,
    ),
}


NUMBERED = ("reports", "new_task", "matching_rule", "project_new")  # what gets the next number, or the next version


def client_of(login: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=login))
    return client


def sent_at_once(name: str, where: dict) -> dict:
    """Two windows of one person send the same form: where each was led, and what was made."""
    sent = SENT[name]
    first = client_of(sent.login)
    address, given = filled(first, sent, where)
    clients = [first, Client()]
    clients[1].cookies = first.cookies
    before = counted()
    answers = all_at_once([lambda client=client: _led(post(client, address, given, sent)) for client in clients])
    made = made_since(before)
    return {"led": answers, "made": made.get(sent.makes, 0), "claims": made.get(SubmittedForm._meta.label, 0)}


def _led(answer) -> list:
    return [answer.status_code, answer.get("Location", "")]


def sent_by_two_at_once(name: str, where: dict) -> list:
    """Two persons send forms of their own at one moment: where each was led."""
    sent, jobs = SENT[name], []
    for login in ("municipal", "admin"):
        client = client_of(login)
        address, given = filled(client, sent, where)
        jobs.append(lambda client=client, address=address, given=given: _led(post(client, address, given, sent)))
    return all_at_once(jobs)


def at_the_limit() -> dict[str, int]:
    """Two at one moment where there is room for one alone: how many got it."""
    clerk, city = client_user("chunan-health"), client_user("municipal")
    pulling.MOST = Source.objects.filter(organisation=clerk.organisation, ended_at=None).count() + 1
    messaging.MOST_LINES = Threshold.objects.filter(user=city).count() + 1
    source = {"kind": "csv", "address": "https://a.example/x.csv", "table": "", "paging": "", "login": ""}
    source |= {"columns": {"indicator": "item", "value": "val"}, "codes": {}, "every": "day"}
    line = {"subject": "indicator", "area_id": "330127", "indicator": "P02", "side": "below", "limit": 50}
    jobs = {
        "sources": lambda: pulling.register_source(values={**source, "name": "取数"}, secret="", by=clerk),
        "lines": lambda: messaging.draw_threshold(values=line, by=city),
    }
    return {name: sum(not isinstance(got, str) for got in all_at_once([job, job])) for name, job in jobs.items()}


def client_user(login: str) -> User:
    return User.objects.select_related("organisation").get(username=login)


def main() -> None:
    where = places()
    once = {name: sent_at_once(name, where) for name in SENT}
    numbered = {name: sent_by_two_at_once(name, where) for name in NUMBERED}
    print(json.dumps({"once": once, "numbered": numbered, "limits": at_the_limit()}, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main()
