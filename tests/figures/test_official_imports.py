"""The import pages: who may, what the preview shows, what confirming does, and what it refuses."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from indicators.actions import FactRow, Grounds, record_facts
from indicators.exports import export_plan
from indicators.models import Assessment, IndicatorDefinition, Observation, Target, Versioned
from indicators.recomputes.recompute import sweep_pending
from journal.models import AuditEntry, Change
from lib.files import shelf
from lib.files.shelf import Shelf
from plan.models import PolicyDocument

OUTSIDERS = ["leader", "tonglu", "chunan-health", "stats"]


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def edited(change):
    """The tables in force, changed by `change(book)`."""
    book = load_workbook(io.BytesIO(export_plan()))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def higher_target(book):
    """P01 of Tonglu in 2027: from 70 to 75."""
    book["年度目标"]["J2"] = 75


def broken(book):
    higher_target(book)
    book["年度目标"]["J3"] = "三十"


def send(client, content, kind="plan", name="正式表.xlsx", **more):
    file = SimpleUploadedFile(name, content)
    data = {"kind": kind, "file": file, "document": "杭发改〔2026〕1号", "reason": "正式印发"} | more
    return client.post("/imports/", data)


def seen(page):
    found = re.search(r'name="fingerprint" value="(\w+)"', page.content.decode())
    return found and found.group(1)


@pytest.mark.parametrize("role", OUTSIDERS)
@pytest.mark.parametrize("path", ["/imports/", "/imports/plan.xlsx", "/imports/observations.xlsx", "/imports/abc/"])
def test_others_have_no_business_here(clients, role, path):
    assert clients[role].get(path).status_code == 403
    assert clients[role].post(path).status_code == 403
    assert "/imports/" not in clients[role].get("/").content.decode()


def test_nobody_is_asked_to_log_in(clients):
    assert clients[None].get("/imports/")["Location"] == "/accounts/login/?next=/imports/"


def test_the_commission_imports_the_plan_and_the_administrator_also_values(clients):
    assert "官方数值" not in clients["municipal"].get("/imports/").content.decode()
    assert "官方数值" in clients["admin"].get("/imports/").content.decode()
    assert clients["municipal"].get("/imports/plan.xlsx").status_code == 200
    assert clients["municipal"].get("/imports/observations.xlsx").status_code == 403
    assert clients["admin"].get("/imports/observations.xlsx").status_code == 200
    assert send(clients["municipal"], b"x", kind="observations").status_code == 403
    assert send(clients["admin"], b"x", kind="other").status_code == 404


def test_template_up_preview_confirm(clients, django_capture_on_commit_callbacks):
    client, before = clients["municipal"], Target.objects.count()
    sent = send(client, edited(higher_target))
    assert sent.status_code == 302
    page = client.get(sent["Location"])
    text = page.content.decode()
    assert "70 %" in text
    assert "75 %" in text
    assert "杭发改〔2026〕1号" in text
    assert Target.objects.count() == before, "a preview writes nothing"
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(sent["Location"], {"fingerprint": seen(page)}, follow=True)
    assert "已导入" in done.content.decode()
    fact = Target.objects.as_of().get(area="330122", indicator="P01", year=2027)
    assert (fact.value, fact.recorded_via, fact.cite) == (75, Versioned.Via.IMPORT, "official")
    assert (fact.recorded_by.username, fact.reason) == ("municipal", "正式印发")
    assert fact.document == PolicyDocument.objects.get(title="杭发改〔2026〕1号")
    assert Assessment.objects.get(area="330122", indicator="P01", year=2027).target == 75
    assert set(IndicatorDefinition.objects.as_of().values_list("cite", flat=True)) == {"official"}
    assert AuditEntry.objects.filter(action="import", actor__username="municipal", channel="web").count() == 1
    change = Change.objects.get(series="TARGET", area="330122", indicator="P01", year=2027, version=2)
    assert (change.previous, change.value, change.document) == (70, 75, "杭发改〔2026〕1号")
    assert client.get(sent["Location"]).status_code == 404, "once is enough"
    assert client.get("/changes/").status_code == client.get("/changes/audit/").status_code == 200


def test_a_faulty_file_shows_every_cause_and_gives_the_rows_back(clients):
    client = clients["municipal"]
    sent = send(client, edited(broken))
    page = client.get(sent["Location"]).content.decode()
    assert "“三十”不是数字" in page
    assert 'name="fingerprint"' not in page
    file = client.get(f"{sent['Location']}refused.xlsx")
    sheet = load_workbook(io.BytesIO(file.content))["年度目标"]
    rows = list(sheet.values)
    assert [row[0] for row in rows] == ["区划代码", "330127"]
    assert rows[1][-2:] == (3, "J3 2027年: “三十”不是数字；请只填数字，不带单位和文字")
    before = Change.objects.count()
    client.post(sent["Location"], {"fingerprint": "x"})
    assert Change.objects.count() == before


def test_a_tampered_or_foreign_token_is_not_found(clients):
    sent = send(clients["municipal"], edited(higher_target))
    place = sent["Location"]
    assert clients["admin"].get(place).status_code == 404, "another's upload"
    for path in ("/imports/..%2F..%2Fsecret_key/", "/imports/" + "A" * 32 + "/", place[:-2] + "/"):
        assert clients["municipal"].get(path).status_code == 404
        assert clients["municipal"].post(path).status_code == 404


def test_a_preview_that_is_no_longer_true_is_made_again(clients):
    client = clients["municipal"]
    sent = send(client, edited(higher_target))
    old = seen(client.get(sent["Location"]))
    row = FactRow("330122", "P01", 2027, 72)
    record_facts(Target, [row], grounds=Grounds(by=None, via=Versioned.Via.EDIT, reason="meanwhile"))
    sweep_pending()
    before = Change.objects.count()
    answer = client.post(sent["Location"], {"fingerprint": old}, follow=True)
    text = answer.content.decode()
    assert "没有保存：预览之后数据有了变化" in text
    assert "72 %" in text
    assert Change.objects.count() == before
    client.post(sent["Location"], {"fingerprint": seen(answer)})
    assert Target.objects.as_of().get(area="330122", indicator="P01", year=2027).value == 75


def test_a_change_elsewhere_does_not_disturb(clients):
    client = clients["municipal"]
    sent = send(client, edited(higher_target))
    old = seen(client.get(sent["Location"]))
    row = FactRow("330122", "P13", 2030, 50)
    record_facts(Target, [row], grounds=Grounds(by=None, via=Versioned.Via.EDIT, reason="elsewhere"))
    client.post(sent["Location"], {"fingerprint": old})
    assert Target.objects.as_of().get(area="330122", indicator="P01", year=2027).value == 75


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "提交的是空文件"), (b"%PDF-1.7", "这是 PDF 文件"), (b"," * (10 * 2**20 + 1), "超过 10 MB 的上限")],
)
def test_what_is_no_table_is_refused_at_once(clients, content, words):
    answer = send(clients["municipal"], content)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not list(Shelf("imports").folder.iterdir())


def test_title_and_reason_are_asked_for(clients):
    answer = send(clients["municipal"], edited(higher_target), document=" ", reason="")
    assert (answer.status_code, answer.content.decode().count("是必填项。")) == (400, 2)


def test_old_uploads_go(clients, monkeypatch):
    sent = send(clients["municipal"], edited(higher_target))
    monkeypatch.setattr(shelf, "KEPT_SECONDS", -1)
    Shelf("imports").forget_old()
    assert clients["municipal"].get(sent["Location"]).status_code == 404


def test_values_by_csv(clients):
    client = clients["admin"]
    content = "区划代码,指标代码,年份,数值,说明\n330122,P13,2024,９１．５,年报\n".encode("gbk")
    sent = send(client, content, kind="observations", name="v.csv")
    page = client.get(sent["Location"])
    assert "91.5" in page.content.decode()
    client.post(sent["Location"], {"fingerprint": seen(page)})
    fact = Observation.objects.as_of().get(area="330122", indicator="P13", year=2024)
    assert (str(fact.value), fact.cite, fact.note, fact.is_demo) == ("91.500000", "official", "年报", False)
