"""Reference areas: a file in by page and by command, out again, and what it says of targets."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command

from indicators.models import Assessment, Observation, Target
from journal.models import AuditEntry
from peers.actions import remove_demo_reference, withdraw_reference
from peers.models import ReferenceSeries, ReferenceSource
from seeding.demonstration.loading import clear_demo
from tests.uploading import confirmed, previewed, recorded
from uploads.models import UploadedTable

SAID = {"title": "某省各县 2010—2020", "publisher": "某省统计局《统计年鉴》", "licence": "公开统计资料"}
HEAD = ["area", "indicator", "year", "value", "unit", "plan_indicator"]
UPLOAD = "/peers/upload/"


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"


@pytest.fixture
def bare(demo):
    """The demonstration without its reference areas."""
    remove_demo_reference()


def table(*rows, head=HEAD) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


def climbing(code="P02", *, areas=8, yearly=1.0, first=88.0, years=range(2010, 2021)):
    """Areas that rise by as much every year."""
    return [
        [f"甲{n}县", "污水处理率", year, round(first + yearly * (year - years[0]) / 4, 2), "PT", code]
        for n in range(areas)
        for year in years
    ]


def test_a_file_becomes_a_source_and_can_be_undone(bare, clients):
    client = clients["municipal"]
    token = recorded(client, UPLOAD, table(*climbing()), "peers.csv", **SAID)
    (source,) = ReferenceSource.objects.all()
    told = (source.title, source.publisher, source.licence, source.areas, source.indicators, source.values_count)
    assert told == (*SAID.values(), 8, 1, 88)
    assert (source.first_year, source.last_year, source.is_demo, source.recorded_via) == (2010, 2020, False, "page")
    series = ReferenceSeries.objects.get(area="甲0县")
    assert (series.unit, series.indicator_id, series.direction) == ("%", "P02", 1)
    assert series.values["2014"] == "89"
    page = client.get("/peers/").content.decode()
    assert SAID["publisher"] in page
    client.post(f"{UPLOAD}{token}/undo/", {"reason": "来源有更正"})
    source.refresh_from_db()
    assert source.withdrawn_reason.endswith("来源有更正")
    assert UploadedTable.objects.get(token=token).undone_at is not None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["", "x", 2010, 1, "%", ""], "没有填地区"),
        (["甲县", "x", 2010, "很多", "%", ""], "不是数字"),
        (["甲县", "x", 1800, 1, "%", ""], "不是年份"),
        (["甲县", "x", 2010, 1, "%", "P99"], "方案里没有指标 P99"),
        (["甲县", "x", 2010, 1, "公里", "P02"], "P02 的单位是 %"),
        (["甲县", "x", 2010, 1e12, "元", ""], "太大"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(bare, clients, row, words):
    page = clients["municipal"].get(previewed(clients["municipal"], UPLOAD, table(row), "p.csv", **SAID))
    assert any(words in problem.words for problem in page.context["preview"].problems)
    assert confirmed(clients["municipal"], page.request["PATH_INFO"]).status_code == 302
    assert not ReferenceSource.objects.exists()


@pytest.mark.parametrize("value", ["9" * 40 + ".1234567", "1" * 22 + ".12345678", "٣.12345678"])
def test_a_number_of_any_length_is_named_and_no_fault_of_the_site(bare, clients, value):
    row = ["甲县", "污水处理率", 2015, value, "PT", "P02"]
    page = clients["municipal"].get(previewed(clients["municipal"], UPLOAD, table(row), "peers.csv", **SAID))
    (problem,) = page.context["preview"].problems
    assert value[:40] in problem.words


def test_a_row_twice_two_units_and_demonstration_are_refused(bare, clients):
    client, head = clients["municipal"], [*HEAD, "演示数据"]
    rows = [
        ["甲县", "x", 2010, 1, "%", "", ""],
        ["甲县", "x", 2010, 2, "%", "", ""],
        ["乙县", "x", 2010, 1, "%", "", ""],
        ["乙县", "x", 2011, 1, "元", "", ""],
        ["丙县", "x", 2011, 1, "元", "", "是"],
    ]
    page = client.get(previewed(client, UPLOAD, table(*rows, head=head), "p.csv", **SAID))
    said = " ".join(problem.words for problem in page.context["preview"].problems)
    assert "甲县 x 2010 年出现了两次" in said
    assert "乙县 x：各行的单位" in said
    assert "标着演示数据" in said


def test_the_same_title_is_in_force_once(bare, clients):
    client = clients["municipal"]
    recorded(client, UPLOAD, table(*climbing()), "peers.csv", **SAID)
    page = client.get(previewed(client, UPLOAD, table(*climbing(yearly=2)), "p.csv", **SAID))
    assert "请先撤下它" in page.content.decode()
    source = ReferenceSource.objects.get()
    answer = client.post(f"/peers/{source.pk}/", {"reason": "无"})
    assert (answer.status_code, "不少于4个字" in answer.content.decode()) == (400, True)
    assert client.post(f"/peers/{source.pk}/", {"reason": "发布了新版本"}).status_code == 302
    recorded(client, UPLOAD, table(*climbing(yearly=2)), "p.csv", **SAID)
    assert ReferenceSource.objects.in_force().count() == 1
    assert AuditEntry.objects.filter(action="withdraw_reference", reason="发布了新版本").exists()


@pytest.mark.parametrize("reader", ["leader", "chunan", "chunan-housing", "stats"])
def test_others_read_and_take_nothing_in_or_out(bare, clients, reader):
    recorded(clients["municipal"], UPLOAD, table(*climbing()), "peers.csv", **SAID)
    source, client = ReferenceSource.objects.get(), clients[reader]
    assert client.get(f"/peers/{source.pk}/").status_code == 200
    assert client.get(UPLOAD).status_code == 403
    assert client.post(f"/peers/{source.pk}/", {"reason": "发布了新版本"}).status_code == 403
    assert ReferenceSource.objects.in_force().exists()


def test_the_command_takes_a_long_panel_in_and_out(bare, tmp_path, capsys):
    """Longer than a page's table may be elsewhere, numbers of many places, no unit."""
    rows = [
        [f"A{n}", f"i{i}", 2000 + y, f"{n + i + y}.123456789", ""]
        for n in range(30)
        for i in range(40)
        for y in range(20)
    ]
    file = tmp_path / "panel.csv"
    file.write_bytes(table(*rows, head=HEAD[:5]))
    given = {"title": "面板", "source": "某国统计局", "licence": "MIT"}
    call_command("import_reference", file, dry_run=True, **given)
    assert not ReferenceSource.objects.exists()
    call_command("import_reference", file, **given)
    out = capsys.readouterr().out
    assert "30 areas, 40 indicators, 1200 series, 24000 values, 0 same" in out
    assert "24000 个数的小数超过 6 位" in out
    assert ReferenceSeries.objects.get(area="A3", name="i2").values["2001"] == "6.123457"
    with pytest.raises(CommandError, match="请先撤下它|有 1 处错误"):
        call_command("import_reference", file, **given)
    call_command("withdraw_reference", "面板", reason="换成新版本")
    assert not ReferenceSource.objects.in_force().exists()
    with pytest.raises(CommandError, match="没有名为"):
        call_command("withdraw_reference", "面板", reason="换成新版本")


def test_a_bad_file_is_refused_by_the_command_in_words(bare, tmp_path, capsys):
    file = tmp_path / "panel.csv"
    file.write_bytes(table(["甲县", "x", 2010, "多", "%", ""]))
    with pytest.raises(CommandError, match="有 1 处错误"):
        call_command("import_reference", file, title="t", source="s", licence="l")
    assert "不是数字" in capsys.readouterr().err


# What it says of targets ----------------------------------------------------------------------------


def take_in(rows, title="参照", tmp_path=None):
    file = tmp_path / f"{title}.csv"
    file.write_bytes(table(*rows))
    call_command("import_reference", file, title=title, source="某统计局", licence="公开")


def realism_of(client, area="330127", code="P02", year=2027):
    rows = client.get(f"/api/v1/realism/?area={area}&indicator={code}").json()["results"]
    return next(row for row in rows if row["year"] == year)


def test_the_cell_the_county_and_the_new_target_say_the_same(bare, clients, tmp_path):
    client = clients["municipal"]
    slow = climbing(areas=8, yearly=1.0, first=90.0)
    fast = [["乙" + row[0], *row[1:3], min(100, round(86 + 1.2 * (row[2] - 2010), 2)), *row[4:]] for row in slow[:22]]
    take_in([*slow, *fast], tmp_path=tmp_path)
    told = realism_of(client)
    assert told["state"] == "said"
    assert told["is_demo"] is True  # the value is the demonstration's
    changes = _by_hand([*slow, *fast], told)
    assert (told["comparable"], told["as_large"]) == (
        len(changes),
        sum(c >= told["needed_change"] - 1e-9 for c in changes),
    )
    assert told["share"] == pytest.approx(told["as_large"] / told["comparable"])
    assert told["as_large"] > 0
    sentence = f"可比的{told['comparable']}个县年（{told['places']}个地区）中{told['as_large']}个做到"
    for path in ("/cells/330127/P02/2024/", "/cells/330127/P02/2027/", "/cells/330127/P02/2027/target/"):
        assert sentence in client.get(path).content.decode(), path
    assert "目标有多现实" in client.get("/counties/330127/").content.decode()
    given = {"value": "100", "document": "x", "reason": "试一试看", "version": "1", "preview": "1"}
    page = client.post("/cells/330127/P02/2027/target/", given).content.decode()
    needed = (100 - told["level"]) / (2027 - told["from_year"])
    assert f"中{sum(c >= needed - 1e-9 for c in changes)}个做到" in page
    assert not Target.objects.filter(value=100, area="330127", indicator="P02", year=2027).exists()


def _by_hand(rows, told):
    """Changes a year over as many years that began within 15 of the level: of reference areas and counties."""
    values = {(row[0], row[2]): row[3] for row in rows}
    for area, year, value in (
        Observation.objects.as_of().filter(indicator="P02").values_list("area_id", "year", "value")
    ):
        values[area, year] = float(value)
    years = 2027 - told["from_year"]
    return [
        (values[area, year + years] - start) / years
        for (area, year), start in values.items()
        if (area, year + years) in values and abs(start - told["level"]) <= 15
    ]


def test_where_too_little_is_known_nothing_is_said(bare, clients):
    told = realism_of(clients["leader"])
    assert (told["state"], told["share"], told["as_large"]) == ("too_few", None, None)
    page = clients["leader"].get("/cells/330127/P02/2027/").content.decode()
    assert "无法判断" in page
    assert "个做到" not in page


def test_a_withdrawn_source_counts_no_more(bare, clients, tmp_path):
    take_in(climbing(), tmp_path=tmp_path)
    assert realism_of(clients["leader"])["state"] == "said"
    withdraw_reference(ReferenceSource.objects.get(), by=None, reason="来源撤回了")
    assert realism_of(clients["leader"])["state"] == "too_few"


def test_two_sources_of_one_series_count_once(bare, clients, tmp_path):
    take_in(climbing(), title="一", tmp_path=tmp_path)
    before = realism_of(clients["leader"])["comparable"]
    take_in(climbing(yearly=3.0, first=85.0), title="二", tmp_path=tmp_path)
    assert realism_of(clients["leader"])["comparable"] <= before + 8  # the newer ones alone, other starts are near


def test_the_list_and_its_file_have_every_final_target(bare, clients, tmp_path):
    take_in(climbing(), tmp_path=tmp_path)
    client = clients["leader"]
    page = client.get("/realism/")
    lines = page.context["lines"]
    targets = Assessment.objects.filter(year=2027, target__isnull=False)
    assert len(lines) == targets.count()
    shares = [line.said.share for line in lines if line.said.state == "said"]
    assert shares == sorted(shares)
    file = client.get("/realism.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert len(rows) == 1 + len(lines)
    assert [row[13] for row in rows[1:] if row[13]] == [str(share) for share in shares]
    one = client.get("/realism/?area=330127").context["lines"]
    assert {line.area.code for line in one} == {"330127"}


def test_a_past_date_and_unapproved_values_are_told_nothing_of_it(bare, clients, tmp_path):
    take_in(climbing(), tmp_path=tmp_path)
    client = clients["municipal"]
    assert "这个目标有多现实" in client.get("/cells/330127/P02/2027/").content.decode()
    assert "这个目标有多现实" not in client.get("/cells/330127/P02/2027/?as_of=2025-12-01").content.decode()
    assert "这个目标有多现实" not in client.get("/cells/330127/P02/2027/?layer=submitted").content.decode()


def test_the_demonstration_brings_its_own_marked_and_takes_them_away(demo, clients):
    source = ReferenceSource.objects.get()
    assert (source.is_demo, source.recorded_via) == (True, "demo")
    assert "演示数据" in clients["leader"].get(f"/peers/{source.pk}/").content.decode()
    told = realism_of(clients["leader"])
    assert (told["state"], told["is_demo"]) == ("said", True)
    clear_demo()
    assert not ReferenceSource.objects.exists()
