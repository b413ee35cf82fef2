"""Every text that people type, filled with what is markup somewhere, and shown everywhere: pages, pictures, Word, PDF,
Excel, csv, API, SDMX, feed and mail. The fields are those of the models: a new one is filled too."""

import csv
import email
import io
import json
import re
from email.policy import default

import pytest
from django.apps import apps
from django.core import mail
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from docx import Document
from lxml import etree, html
from openpyxl import load_workbook

from accounts.models import User
from county_urbanization.rooms import ROOMS
from indicators.models import IndicatorDefinition
from journal.models import ReportIssue
from messaging.outbox import fill_outbox
from messaging.sending import deliver
from reporting.models import Notice
from reports import actions, build, pictures
from tests.test_matrix import PAGES

MARKS = "$\\frac$ _^#%&{}<>\"'`@=+-|*[]!~"
MARKUP = " <b class=hostile>x</b> \"' onmouseover=x() {{7*7}} {% now 'Y' %} %(x)s {0} ]]> </script>"
LETTERS = "淳安𠮷é\u0301😀👨\u200d👩\u200d👧\ufe0f \u202eعربي\u202c \u200fשלום \u2066x\u2069\u00ad\u200b\u3000\u2028"
TEXTS = {"marks": f"={MARKS}{MARKUP}", "letters": f"{LETTERS}\r\n二行\n\t三行 ", "long": "长W" * 250}
NAMES = {**TEXTS, "dollars": "比例 $\\frac$ 测试", "a long word": "W" * 500, "blanks": " \n"}
# Not typed by people: made by the site, chosen from lists, or held to a form by a rule of their own.
MADE_BY_US = {
    "accounts.User.password",
    "accounts.User.username",
    "accounts.User.email",
    "accounts.Organisation.code",
    *(f"accounts.AccessToken.{name}" for name in ("key", "digest", "scopes", "networks")),
    "accounts.TokenUsage.endpoint",
    "journal.PendingRecompute.indicator",
    *(f"journal.AuditEntry.{name}" for name in ("channel", "address", "action", "subject", "key")),
    "journal.Change.indicator",
    "journal.Stamp.topic",
    "journal.Stamp.indicator",
    *(f"journal.ReportIssue.{name}" for name in ("number", "sha256", "failure")),
    *(
        f"{model}.{name}"
        for model in ("plan.StatementFile", "reporting.Evidence")
        for name in ("content_type", "sha256")
    ),
    "pulling.Source.uid",
    "charts.Embedding.key",
    "charts.Embedding.chart",
    "plan.StatementFile.stored_as",
    "reporting.Evidence.stored_as",
    "plan.WorkItem.code",
    "plan.Chapter.subjects",
    "commitments.CommitmentStatement.content_type",
    "commitments.CommitmentStatement.stored_as",
    "indicators.IndicatorDefinition.owner",
    "accounts.Organisation.duty",
    "indicators.IndicatorDefinition.derived_from",
    *(f"indicators.Assessment.{name}" for name in ("status", "standard_status", "outlook", "rule_version")),
    "indicators.RecomputeRun.scope",
    "indicators.RecomputeRun.basis",
    "reporting.Transition.old_state",
    "reporting.Transition.new_state",
    "reporting.Notice.href",
    "reporting.Notice.item",
    "projects.Project.code",
    "funding.FundingSource.commitment",
    "commitments.Commitment.funding_source",
    "funding.FlowTotal.field",
    "reporting.NumberRule.code",
    *(f"messaging.Message.{name}" for name in ("cause", "kind", "href")),
    "messaging.Endpoint.uid",
    "messaging.Endpoint.url",
    "messaging.Delivery.receiver",
    "messaging.Threshold.indicator",
    *(f"projects.Project.{name}" for name in ("starts", "ends", "completed")),
    *(f"matters.Matter.{name}" for name in ("code", "about_kind", "about_key", "figure_mark")),
    *(f"matters.MatterFile.{name}" for name in ("content_type", "sha256", "stored_as")),
    "matters.MatterStep.old_state",
    "matters.Remark.about_kind",
    "matters.Remark.about_key",
    "projects.ProjectAmount.dated",
    "plan.PolicyDocument.issued",
    "plan.Plan.reporting_day",
}
VISITORS = ("municipal", "chunan", "admin", "stats")


def free_texts() -> list[tuple[type[models.Model], models.Field]]:
    """Every text field of ours that people type into."""
    ours = [model for app in ROOMS if apps.is_installed(app) for model in apps.get_app_config(app).get_models()]
    return [
        (model, field)
        for model in ours
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not (field.is_relation or field.choices or field.primary_key)
        and f"{model._meta.label}.{field.name}" not in MADE_BY_US
    ]


def fill(text: str) -> list[str]:
    """The text in every row of every such field that says something; the fields whose rules refuse it."""
    refused = []
    for model, field in free_texts():
        room = field.max_length or 600
        whole = Value(text[:room])
        numbered = Concat(Value(text[: room - 8]), Cast(F("pk"), CharField()))
        rows = model._base_manager.exclude(**{field.name: ""})
        if not any(written(rows, field.name, value) for value in (whole, numbered)):
            refused.append(f"{model._meta.label}.{field.name}")
    return refused


def written(rows, name: str, value) -> bool:
    try:
        with transaction.atomic():
            rows.update(**{name: value})
    except (IntegrityError, DataError):
        return False
    return True


@pytest.fixture(params=TEXTS)
def text(request, objects) -> str:
    assert fill(TEXTS[request.param]) == []
    return TEXTS[request.param]


def content_of(answer) -> bytes:
    content = b"".join(answer) if answer.streaming else answer.content
    answer.close()
    return content


def faults_of(path: str, content: bytes) -> list[str]:
    """What became markup, or broke, in what went out."""
    if path.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        return ["rows of other lengths"] if len({len(row) for row in rows if row}) > 1 else []
    if path.endswith(".xlsx"):
        cells = [cell for sheet in load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for cell in row]
        return [f"a formula: {cell.value}" for cell in cells if cell.data_type == "f"]
    if path.endswith((".pdf", ".docx")) or "/files/" in path or "/evidence/" in path:
        return []
    return faults_of_page(content)


def faults_of_page(content: bytes) -> list[str]:
    page = html.fromstring(content)
    found = [f"an element <{each.tag}>" for each in page.xpath("//*[contains(@class, 'hostile')]")]
    found += [f"an attribute of <{each.tag}>" for each in page.xpath("//*[@onmouseover]")]
    for script in page.xpath("//script[@type='application/json']"):
        json.loads(script.text)
    text = page.text_content()
    return found + [f"a template ran: {made}" for made in re.findall(r"\|\*\[\]!~ x \S+ onmouseover=x\(\) 49", text)]


def test_every_page_and_file_shows_it_as_a_text(text, clients, objects):
    """Each by the first of the visitors who may."""
    found = {}
    for name, (pattern, expected) in PAGES.items():
        visitor = next((each for each in VISITORS if expected[each] == 200), None)
        if visitor is None or name in {"metrics", "healthz", "readyz"}:
            continue
        clients[visitor].raise_request_exception = False
        path = pattern.format(**objects)
        answer = clients[visitor].get(path)
        content = content_of(answer)
        faults = faults_of(path, content) if answer.status_code == 200 else [answer.status_code]
        if faults:
            found[visitor, path] = faults
    assert found == {}


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx", "jsonstat"])
def test_the_interface_gives_it_in_every_format(text, clients, kind):
    client, found = clients["municipal"], {}
    client.raise_request_exception = False
    for address in LISTS:
        answer = client.get(f"{address}?format={kind}")
        content = content_of(answer)
        if answer.status_code == 200 and kind.startswith("json"):
            json.loads(content)
        elif answer.status_code == 200:
            found[address] = faults_of(f"x.{kind}", content)
        elif kind != "jsonstat":  # not every list is a cube
            found[address] = [answer.status_code]
    assert {address: faults for address, faults in found.items() if faults} == {}


LISTS = [
    f"/api/v1/{name}/"
    for name in (
        "areas",
        "indicators",
        "targets",
        "standards",
        "observations",
        "assessments",
        "commitments",
        "projects",
        "funding/flows",
        "funding/matching",
        "submissions",
        "changes",
    )
]
SDMX = ("dataflow", "datastructure/HZDRC/COUNTY_SEAT", "codelist", "data/COUNTY_SEAT")


def test_sdmx_carries_it(text, clients):
    for path in SDMX:
        answer = clients["municipal"].get(f"/api/sdmx/2.1/{path}")
        assert answer.status_code == 200, path
        etree.fromstring(content_of(answer))
        answer = clients["municipal"].get(f"/api/sdmx/2.1/{path}", headers={"accept": "text/csv"})
        if answer.status_code == 200:
            assert faults_of("x.csv", content_of(answer)) == []


def test_the_report_is_made_with_it(text, django_capture_on_commit_callbacks, settings, tmp_path):
    """A dollar in a name, an emoji, or a name of 500 letters, and no file of the report could be made any more."""
    settings.MEDIA_ROOT = tmp_path
    with django_capture_on_commit_callbacks(execute=True):
        issue = actions.issue_report(year=2024, by=User.objects.get(username="municipal"))
    issue = ReportIssue.objects.get(pk=issue.pk)
    assert (issue.state, issue.failure) == ("done", "")
    made = {name: build.file_of(issue, name).read_bytes() for name in build.file_names(issue)}
    assert [name for name, content in made.items() if faults_of(name, content)] == []
    document = Document(io.BytesIO(made["report.docx"]))
    told = "".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    name = IndicatorDefinition.objects.filter(indicator="P02").latest("version").name
    assert squeezed(name) in squeezed(told)


def squeezed(text: str) -> str:
    """Without spaces and line ends, which Word sets in its own way."""
    return re.sub(r"\s", "", text)


def test_a_mail_carries_it(text, settings):
    settings.EMAIL_HOST, settings.EMAIL_BACKEND = "localhost", "django.core.mail.backends.locmem.EmailBackend"
    User.objects.filter(organisation__code="330127-DRC").update(email="a@example.com")
    notice = Notice.objects.exclude(submission=None).first()
    notice.organisation = User.objects.get(username="chunan").organisation
    notice.pk, notice._state.adding, notice.submission, notice.item = None, True, None, "x"
    notice.href, notice.kind = "/x/", "press"
    notice.is_demo, notice.at, notice.mailed_at = False, timezone.now(), None
    notice.title, notice.words, notice.by_name = text[:200], text, text[:200]
    notice.save()
    fill_outbox()
    assert deliver("mail") == 1
    (sent,) = mail.outbox
    parsed = email.message_from_bytes(sent.message().as_bytes(), policy=default)
    assert squeezed(text[:200]) in squeezed(str(parsed["Subject"]))
    assert squeezed(text) in squeezed(parsed.get_content())
    assert set(parsed.keys()) <= {
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
    }


# Pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NAMES)
def test_a_picture_takes_it_as_a_name(kind):
    name = NAMES[kind]
    counts = {"met": 1, "near": 0, "behind": 2, "unreported": 0}
    gap = {"name": name, "status": "met", "relative_gap": 3.0, "gap": 1.0, "gap_unit": name, "decimals": 1}
    path = {"title": name, "value": [1, None], "target": [2, 3], "standard": [None, None], "band": []}
    for made in (
        pictures.status_bars([{"name": name, "counts": counts}] * 3),  # names alike are counties apart
        pictures.county_gaps([gap] * 2),
        pictures.paths([2023, 2024], [path] * 3),
    ):
        assert made.startswith(b"\x89PNG")
