"""Rows of other systems into a draft: whatever the way, no further than typing would go, and never unasked."""

import json
import sqlite3
import time
import tracemalloc
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import User
from indicators.models import Observation
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed, WrongState
from lib.sealed_text import unseal
from lib.web.outbound import Allowed
from messaging.models import Message
from pulling import actions, reading
from pulling.actions import edit_source, end_source, pull, pull_due, register_source
from pulling.models import Run, Source
from reporting.models import Entry, Submission
from tests.clients.scripted import Answer, scripted

COLUMNS = {"indicator": "item", "value": "val", "year": "", "area": "", "unit": "", "explanation": ""}
VALUES = {"name": "卫健数据库", "kind": "json", "address": "", "table": "", "paging": "", "login": "", "every": "day"}
VALUES |= {"codes": {}}
ROW = {"item": "P03", "val": 4.65}
SECRET = "correct horse battery staple"  # no text made at random holds it by chance


@pytest.fixture(autouse=True)
def open_to_this_machine(settings):
    settings.OUTBOUND_ALLOWED = Allowed.of(["127.0.0.1"])


@pytest.fixture
def health(demo):
    return User.objects.get(username="chunan-health")


def make(by, *, secret="", **more):
    values = VALUES | {"columns": COLUMNS} | more
    return register_source(values=values, secret=secret, by=by)


def told(rows):
    return Answer(200, json.dumps(rows).encode(), {"Content-Type": "application/json"})


def from_json(by, *answers, dry_run=False, **more):
    """The source, and the run of each answer."""
    with scripted(answers) as (address, asked):
        source = make(by, address=address, **more)
        runs = [pull(source=source, by=by, dry_run=dry_run) for _answer in answers]
    return source, runs, asked


def entry(code="P03", area="330127"):
    return Entry.objects.get(submission__area=area, submission__round__year=2025, indicator=code)


def test_rows_go_into_the_draft_and_no_further(health):
    official = list(Observation.objects.order_by("pk").values_list("pk", "value"))
    before = entry()
    _source, (run,), _asked = from_json(health, told([ROW]))
    after = entry()
    assert (run.outcome, run.year, run.rows_read) == ("saved", 2025, 1)
    assert (after.value, after.version, after.saved_by) == (Decimal("4.65"), before.version + 1, health)
    assert list(Observation.objects.order_by("pk").values_list("pk", "value")) == official
    assert Submission.objects.get(area="330127", round__year=2025).state == "draft"
    assert run.lines[0]["indicator"] == "P03"
    assert run.lines[0]["new"] == "4.65"
    assert AuditEntry.objects.filter(action="save", subject="reporting.entry").latest("id").actor == health


def test_a_try_shows_the_same_findings_and_saves_nothing(health):
    before = entry()
    _source, (tried,), _asked = from_json(health, told([ROW | {"val": 900}]), dry_run=True)
    assert entry().version == before.version
    assert tried.is_dry
    assert "什么都没有保存" in tried.words
    _source, (saved,), _asked = from_json(health, told([ROW | {"val": 900}]))
    assert tried.lines[0]["findings"] == saved.lines[0]["findings"] != []


def test_what_is_told_again_is_not_written_over_what_was_typed_since(health):
    with scripted([told([ROW]), told([ROW]), told([ROW | {"val": 5}])]) as (address, _asked):
        source = make(health, address=address)
        pull(source=source)
        Entry.objects.filter(pk=entry().pk).update(value=Decimal("4.7"))
        assert pull(source=source).outcome == "same"
        assert entry().value == Decimal("4.7")
        assert pull(source=source).outcome == "saved"
    assert entry().value == Decimal(5)


def test_rows_of_others_are_passed_over_and_codes_are_ours(health):
    columns = COLUMNS | {"year": "y", "area": "a", "unit": "u", "explanation": "note"}
    rows = {"data": {"rows": [
        {"item": "WJ_017", "val": "4.66", "y": 2025, "a": "330127", "u": "个/千人", "note": "新建托育机构两家"},
        {"item": "WJ_017", "val": "9", "y": 2024, "a": "330127", "u": "个/千人", "note": ""},
        {"item": "WJ_017", "val": "8", "y": 2025, "a": "330122", "u": "个/千人", "note": ""},
    ]}}  # fmt: skip
    _source, (run,), _asked = from_json(health, told(rows), table="data.rows", columns=columns, codes={"WJ_017": "P03"})
    assert (run.outcome, run.rows_read) == ("saved", 3)
    assert (entry().value, entry().explanation) == (Decimal("4.66"), "新建托育机构两家")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"item": "X99", "val": 1}, "“X99”不在填报表里"),
        ({"item": "P03", "val": "很多"}, "P03"),
        ({"item": "P03"}, "没有“val”这一列；有：item"),
        ({"item": "P02", "val": 1}, "P02：这一项由淳安县住房城乡建设局填报"),  # of another bureau's
    ],
)
def test_what_cannot_be_taken_is_named_and_nothing_is_saved(health, row, words):
    before = {each.indicator_id: each.version for each in Entry.objects.filter(submission__area="330127")}
    _source, (run,), _asked = from_json(health, told([row]))
    assert run.outcome == "refused"
    assert words in run.words
    assert {each.indicator_id: each.version for each in Entry.objects.filter(submission__area="330127")} == before


def test_a_unit_that_is_another_is_refused(health):
    _source, (run,), _asked = from_json(health, told([ROW | {"u": "%"}]), columns=COLUMNS | {"unit": "u"})
    assert run.outcome == "refused"
    assert "单位是“%”，应为“个/千人”" in run.words


def test_csv_in_either_encoding(health):
    for place, encoding in enumerate(("utf-8-sig", "gb18030")):
        body = f"指标,数值\nP03,4.{place + 1}\n".encode(encoding)
        columns = COLUMNS | {"indicator": "指标", "value": "数值"}
        _source, (run,), _asked = from_json(health, Answer(200, body), kind="csv", columns=columns)
        assert (run.outcome, entry().value) == ("saved", Decimal(f"4.{place + 1}"))


def test_a_password_is_sealed_sent_and_never_shown(health, clients):
    source, _runs, asked = from_json(health, told([ROW]), secret=f"Bearer {SECRET}")
    stored = Source.objects.get(pk=source.pk)
    assert SECRET not in stored.secret
    assert unseal(stored.secret) == f"Bearer {SECRET}"
    assert asked[0].authorization == f"Bearer {SECRET}"
    page = clients["chunan-health"].get(f"/pulls/{source.uid}/").content.decode()
    assert SECRET not in page
    assert not AuditEntry.objects.filter(new__icontains=SECRET).exists()


def test_a_password_does_not_go_to_another_host(health):
    source = make(health, address="http://127.0.0.1:1/", secret="Bearer abc")
    elsewhere = VALUES | {"columns": COLUMNS, "address": "http://127.0.0.1:2/"}
    with pytest.raises(Invalid, match="重新填写密码"):
        edit_source(source=source, values=elsewhere, secret="", by=health)
    same = elsewhere | {"address": "http://127.0.0.1:1/", "name": "改名"}
    assert unseal(edit_source(source=source, values=same, secret="", by=health).secret) == "Bearer abc"


def test_only_where_the_operator_allows(health, settings):
    settings.OUTBOUND_ALLOWED = Allowed.of(["10.9.9.9"])
    for kind, address, table in (("json", "http://127.0.0.1:1/", ""), ("postgresql", "127.0.0.1:5432/x", "t")):
        with pytest.raises(Invalid, match="许可"):
            make(health, kind=kind, address=address, table=table)
    settings.PULL_FOLDER = settings.VAR_DIR
    with pytest.raises(Invalid, match="文件名"):
        make(health, kind="sqlite", address="../db.sqlite3", table="t")
    with pytest.raises(Invalid, match="表或视图"):
        make(health, kind="sqlite", address="db.sqlite3", table='t"; DROP TABLE x')


@pytest.fixture
def their_file(settings, tmp_path):
    settings.PULL_FOLDER = tmp_path
    with closing(sqlite3.connect(tmp_path / "their.sqlite3")) as found:
        found.execute("CREATE TABLE v (item TEXT, val REAL)")
        found.execute("INSERT INTO v VALUES ('P03', 4.65)")
        found.commit()
    return "their.sqlite3"


def test_a_table_of_a_file(health, their_file):
    run = pull(source=make(health, kind="sqlite", address=their_file, table="v"), by=health)
    assert (run.outcome, entry().value) == ("saved", Decimal("4.65"))
    for table, columns, words in (("w", COLUMNS, "没有这个表"), ("v", COLUMNS | {"value": "no"}, "列")):
        source = make(health, kind="sqlite", address=their_file, table=table, columns=columns)
        failed = pull(source=source, by=health)
        assert (failed.outcome, words in failed.words) == ("failed", True), failed.words


@pytest.mark.parametrize(
    "address",
    ["..%2Foutside%2Fsecret.sqlite3", "%2e%2e%2foutside/secret.sqlite3", "x%2f..%2f..%2Foutside%2Fsecret.sqlite3"],
)
def test_the_name_of_a_file_leads_nowhere_else(health, settings, tmp_path, address):
    """SQLite takes the name as a part of a URI: `%2F` is a slash there, and `?` begins its options."""
    settings.PULL_FOLDER = tmp_path / "pull"
    for folder in ("pull", "pull/x", "outside"):
        (tmp_path / folder).mkdir()
    with closing(sqlite3.connect(tmp_path / "outside" / "secret.sqlite3")) as found:
        found.execute("CREATE TABLE v (item TEXT, val REAL)")
        found.execute("INSERT INTO v VALUES ('the hash of a password', 4.65)")
        found.commit()
    run = pull(source=make(health, kind="sqlite", address=address, table="v"), by=health)
    assert (run.outcome, "hash" in run.words) == ("failed", False)
    pull(source=make(health, kind="sqlite", address="made?mode=rwc&x=", table="v"), by=health)
    assert [path.name for path in settings.PULL_FOLDER.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT 'P03' item, sum(n) val FROM r",
            "太慢",
        ),
        ("SELECT 'P03' AS item, hex(zeroblob(200000000)) AS val", "太多"),
    ],
)
def test_a_file_that_never_ends_or_swells_is_given_up(health, their_file, settings, monkeypatch, view, words):
    monkeypatch.setattr("pulling.reading.FILE_SECONDS", 1)
    with closing(sqlite3.connect(settings.PULL_FOLDER / their_file)) as found:
        found.execute(f"CREATE VIEW w AS {view}")
        found.commit()
    began = time.monotonic()
    run = pull(source=make(health, kind="sqlite", address=their_file, table="w"), by=health)
    assert (run.outcome, words in run.words) == ("failed", True), run.words
    assert time.monotonic() - began < 20


def test_a_wide_csv_with_short_lines_takes_what_it_weighs(health):
    """2 MB; each line filled up to the width of the head would be 8 GB."""
    head = ",".join(["item", "val", *(f"c{number}" for number in range(20_000))])
    text = "\n".join([head, "P03,4.65", *["x"] * 15_000, *["y,1"] * 4_000])
    tracemalloc.start()
    _source, (run,), _asked = from_json(health, Answer(200, text.encode()), kind="csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (run.rows_read, peak < 100 * 2**20) == (19_001, True), peak
    _source, (run,), _asked = from_json(health, Answer(200, b"item,val\n" + b"x,1\n" * 30_000), kind="csv")
    assert (run.outcome, "超过20000行" in run.words) == ("failed", True)


@pytest.mark.parametrize(
    ("login", "secret"),
    [
        ("X-Key", "geheim\nX-Other: two"),
        ("X-Key", "geheim口令"),
        *((name, "geheim") for name in ("Host", "Content-Length", "a b", "a:b", "a\nb", "密钥")),
    ],
)
def test_what_is_no_header_is_told_before_it_is_sent_and_not_logged(health, login, secret, caplog):
    """The library's own refusal of it has the password in its words."""
    with scripted([told([ROW])]) as (address, asked):
        run = pull(source=make(health, kind="csv", address=address, login=login, secret=secret), by=health)
        assert (run.outcome, asked, "geheim" in caplog.text + run.words) == ("failed", [], False)


def test_what_is_not_taken_is_not_kept_however_large_it_is(health):
    wide = {f"column {number}": 1 for number in range(50_000)}
    _source, (run,), _asked = from_json(health, told([wide]))
    assert (run.outcome, len(run.words) < 4_001) == ("refused", True)
    long = Run(source=run.source, at=run.at, outcome="refused", words="长" * 9_000)
    actions._finish(long, run.source, run.at)
    assert len(Run.objects.get(pk=long.pk).words) == 4_000
    columns = COLUMNS | {"explanation": "why"}
    rows = [{"item": f"P{number:02}", "val": 1e99, "why": "很" * 30_000} for number in range(1, 12)]
    _source, (run,), _asked = from_json(health, told(rows), columns=columns)
    assert (run.outcome, run.values) == ("refused", {})


@pytest.mark.parametrize("text", ["很" * 32_768, "a\x00b", "a\x01b", "a\ufffe", ["很" * 40_000]])
def test_a_text_that_nothing_can_keep_does_not_come_in_by_a_pull(health, text):
    """One such character in a draft, and nobody has the county's workbook and the report's files any more."""
    columns, before = COLUMNS | {"explanation": "why"}, entry().explanation
    _source, (run,), _asked = from_json(health, told([ROW | {"why": text}]), columns=columns)
    assert (run.outcome, "第1行" in run.words, entry().explanation) == ("failed", True, before)
    name = str(text)[:40]
    if len(str(text)) < 40:
        _source, (run,), _asked = from_json(health, told([{name: 1}]))
        assert (run.outcome, name in run.words) == ("failed", False)


@pytest.mark.parametrize("value", ["1e9999999", "-1e9999999", "1e-9999999", "1e400"])
def test_a_number_of_any_exponent_is_refused_in_words(health, value):
    text = f'[{{"item": "P03", "val": {value}}}]'
    _source, (run,), _asked = from_json(health, Answer(200, text.encode()))
    assert run.outcome == "refused"
    assert "P03" in run.words


def test_one_failure_is_told_once_until_it_is_over(health):
    busy = [Answer(500), Answer(500), told([ROW]), Answer(500)]
    source, runs, _asked = from_json(health, *busy)
    assert [run.outcome for run in runs] == ["failed", "failed", "saved", "failed"]
    letters = Message.objects.filter(kind="pulling").order_by("id")
    assert [letter.cause for letter in letters] == [f"pull/{runs[0].pk}", f"pull/{runs[3].pk}"]
    assert (letters[0].organisation, letters[0].href) == (health.organisation, f"/pulls/{source.uid}/")
    assert "对方答 500" in letters[0].words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, b"[{"), "不是完整的 JSON"),
        (Answer(200, b'[{"item": "P03", "val": NaN}]'), "不是完整的 JSON"),
        (Answer(200, b'{"rows": []}'), "没有找到行"),
        (Answer(302, b"", {"Location": "http://127.0.0.1/"}), "对方答 302"),
        (Answer(200, b" " * (5 * 1024 * 1024 + 1)), "超过5MB"),
    ],
)
def test_what_is_no_table_is_told(health, answer, words):
    _source, (run,), _asked = from_json(health, answer)
    assert (run.outcome, words in run.words) == ("failed", True), run.words


def page(rows, **more):
    return told({"data": rows, **more})


def pages_of(by, *answers, **more):
    """One run over these answers, and the addresses asked."""
    columns = COLUMNS | {"year": "y"}
    with scripted(answers) as (address, asked):
        run = pull(source=make(by, address=f"{address}/v?unit=7", table="data", columns=columns, **more), by=by)
    return run, [each.path for each in asked]


OTHER, OURS = ROW | {"y": 2024}, ROW | {"y": 2025}
PAGED = {
    "paging.next": ({"paging": {"next": "/v?unit=7&after=P03"}}, "/v?unit=7&after=P03"),
    "cursor=from": ({"cursor": "a b&c"}, "/v?unit=7&from=a+b%26c"),
    "next_id=from": ({"next_id": 17}, "/v?unit=7&from=17"),
}


@pytest.mark.parametrize("rule", PAGED)
def test_an_interface_in_pages_is_read_to_its_end(health, rule):
    more, second = PAGED[rule]
    run, asked = pages_of(health, page([OTHER], **more), page([OURS]), paging=rule)
    assert (run.outcome, run.rows_read, asked) == ("saved", 2, ["/v?unit=7", second]), run.words
    assert entry().value == Decimal("4.65")


def test_counted_pages_end_with_one_that_has_no_rows(health):
    run, asked = pages_of(health, page([OTHER]), page([OURS]), page([]), paging="=pageNum")
    assert (run.outcome, run.rows_read) == ("saved", 2)
    assert asked == [f"/v?unit=7&pageNum={number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("second", "rule", "words"),
    [
        (page([OURS], next="/v?unit=7"), "next", "又回到取过的一页"),
        (page([OURS], next="http://127.0.0.2/v"), "next", "另一个主机"),
        (page([OURS], next={"href": "/"}), "next", "不是下一页的地址"),
        (Answer(500), "next", "对方答 500"),
    ],
)
def test_what_cannot_be_read_to_its_end_is_not_taken_in_part(health, second, rule, words):
    before = entry().version
    run, _asked = pages_of(health, page([OTHER], next="/v?unit=7&after=P03"), second, paging=rule)
    assert (run.outcome, words in run.words, entry().version) == ("failed", True, before), run.words


@pytest.mark.parametrize("link", ["//[half", "http://["])
def test_a_next_page_that_is_no_address_is_no_fault_of_the_site(health, link):
    run, _asked = pages_of(health, page([OTHER], next=link), paging="next")
    assert (run.outcome, "不成地址" in run.words) == ("failed", True), run.words


def test_all_pages_together_have_a_bound(health, monkeypatch):
    monkeypatch.setattr(reading, "MOST_PAGES", 2)
    run, asked = pages_of(health, *[page([OTHER])] * 3, paging="=p")
    assert (run.outcome, "取了2页还没有完" in run.words, len(asked)) == ("failed", True, 2)
    monkeypatch.setattr(reading, "MOST_BYTES", 60)
    run, asked = pages_of(health, *[page([OTHER])] * 3, paging="=p")
    assert (run.outcome, "超过" in run.words) == ("failed", True)


@pytest.mark.parametrize("text", ["=", "a=b=c", "a b", "next=from&x"])
def test_a_rule_for_pages_that_is_none_stands_by_its_field(demo, clients, text):
    answer = clients["chunan-health"].post("/pulls/", typed("http://127.0.0.1:1/", paging=text))
    assert (answer.status_code, "应写成 成员、成员=参数" in answer.content.decode()) == (400, True)


def test_the_clock_fetches_what_is_due_once(health):
    with scripted([told([ROW]), told([ROW])]) as (address, asked):
        source = make(health, address=address)
        now = timezone.now()
        assert pull_due(at=now) == 0  # there is a day to try it first
        assert pull_due(at=now + timedelta(hours=25)) == 1
        assert pull_due(at=now + timedelta(hours=48)) == 0
        assert pull_due(at=now + timedelta(hours=50)) == 1
    assert len(asked) == 2
    assert {run.by_name for run in source.runs.all()} == {"系统（定时）"}


def test_one_that_breaks_or_is_slow_holds_up_no_other(health, monkeypatch, caplog):
    """Ten slow sources of every unit would hold the one worker, and with it the recomputes, for hours."""
    for number in range(4):
        make(health, address=f"http://127.0.0.1:9/{number}")
    later, times = timezone.now() + timedelta(days=2), iter([0, 1, 2, 61])
    asked: list[str] = []

    def breaks(*, source, **_more):
        asked.append(source.address[-1])
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "pull", breaks)
    monkeypatch.setattr(actions, "time", SimpleNamespace(monotonic=lambda: next(times)))
    assert (pull_due(at=later), asked) == (2, ["0", "1"])
    assert caplog.text.count("The pull of source") == 2
    monkeypatch.undo()
    monkeypatch.setattr(actions, "pull", breaks)
    assert (pull_due(at=later), asked) == (2, ["0", "1", "2", "3"])


def test_who_has_left_the_unit_fetches_nothing(health):
    source = make(health, address="http://127.0.0.1:1/")
    health.is_active = False
    health.save()
    source.refresh_from_db()
    run = pull(source=Source.objects.get(pk=source.pk))
    assert (run.outcome, "重新保存" in run.words) == ("refused", True)


def test_no_sheet_is_open(health):
    Submission.objects.filter(area="330127").update(state="submitted")
    _source, (run,), _asked = from_json(health, told([ROW]))
    assert (run.outcome, run.year) == ("idle", None)


def test_whose_sources_they_are(demo, health):
    source = make(health, address="http://127.0.0.1:1/")
    users = {user.username: user for user in User.objects.filter(is_service=False)}
    seen = {name for name, user in users.items() if Source.objects.visible_to(user).exists()}
    assert seen == {"chunan-health", "municipal", "admin"}
    for name in ("municipal", "admin", "leader", "stats"):
        with pytest.raises(NotAllowed):
            make(users[name], address="http://127.0.0.1:1/")
        with pytest.raises(NotAllowed):
            pull(source=source, by=users[name])
    with pytest.raises(NotAllowed):
        edit_source(source=source, values=VALUES | {"columns": COLUMNS}, secret="", by=users["tonglu-health"])
    with pytest.raises(NotAllowed):
        end_source(source=source, reason="x", by=users["chunan-housing"])
    end_source(source=source, reason="改用填报", by=users["municipal"])
    source.refresh_from_db()
    assert (source.secret, source.ended_why) == ("", "改用填报")
    with pytest.raises(WrongState):
        pull(source=source, by=health)
    assert pull_due() == 0


# Pages ----------------------------------------------------------------------------------------------


def typed(address, **more):
    return {
        **{"name": "卫健接口", "kind": "json", "address": address, "every": "day"},
        **{"column_indicator": "item", "column_value": "val", "codes": "WJ_017=P03\nWJ_018＝P04"},
        **more,
    }


def test_a_source_by_page_from_first_to_last(demo, clients):
    client = clients["chunan-health"]
    with scripted([told([{"item": "WJ_017", "val": 4.65}])] * 2) as (address, _asked):
        answer = client.post("/pulls/", typed(address), follow=True)
        source = Source.objects.get()
        assert source.codes == {"WJ_017": "P03", "WJ_018": "P04"}
        assert "还没有取过" in answer.content.decode()
        tried = client.post(f"/pulls/{source.uid}/try/", follow=True).content.decode()
        assert "最近一次试取的结果（没有保存）" in tried
        assert "4.65" in tried
        assert "✓ 可以存入，没有保存" in tried
        assert "✓ 已存入草稿" not in tried
        assert entry().value != Decimal("4.65")
        client.post(f"/pulls/{source.uid}/now/")
    assert entry().value == Decimal("4.65")
    assert Run.objects.filter(is_dry=False).get().outcome == "saved"
    listed = clients["municipal"].get("/pulls/").content.decode()
    assert "卫健接口" in listed
    assert "登记一个来源" not in listed
    client.post(f"/pulls/{source.uid}/end/", {"reason": "不再用"})
    assert "已停用" in client.get(f"/pulls/{source.uid}/").content.decode()


def test_what_is_wrong_stands_by_its_field_and_what_was_typed_stays(demo, clients):
    client = clients["chunan-health"]
    answer = client.post("/pulls/", typed("http://127.0.0.1:1/", codes="WJ_017 P03", column_value=""))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "“WJ_017 P03”应写成" in page
    assert "http://127.0.0.1:1/" in page
    answer = client.post("/pulls/", typed("ftp://127.0.0.1/"))
    assert (answer.status_code, "地址不能用" in answer.content.decode()) == (400, True)
    assert not Source.objects.exists()


def test_others_find_nothing(demo, health, clients):
    source = make(health, address="http://127.0.0.1:1/")
    for name in ("leader", "stats"):
        assert clients[name].get("/pulls/").status_code == 404
    for name in ("tonglu-health", "chunan", "leader"):
        assert clients[name].get(f"/pulls/{source.uid}/").status_code == 404
        assert clients[name].post(f"/pulls/{source.uid}/now/").status_code == 404
    assert clients["municipal"].post(f"/pulls/{source.uid}/", typed("http://127.0.0.1:1/")).status_code == 404
