"""Every promise of the plan: loaded with its words, derived from its source, read by all, stated by the right ones."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Organisation, User
from commitments.frames import standings
from commitments.models import Commitment, CommitmentStatement
from funding.models import Flow, FundingSource
from journal.models import AuditEntry
from plan.models import Field
from projects.models import Project
from seeding.demonstration.loading import clear_demo
from tests.folding import folded

ON = date(2026, 3, 22)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def standing(code: str, on: date = ON):
    user = User(username="x", role=User.Role.LEADER)
    return next(row for row in standings(on, user=user) if row.commitment.code == code)


def flow(source: str, year: int, yi: str, area: str = "330122", state: str = "allocated", **more) -> Flow:
    return Flow.objects.create(
        area_id=area,
        year=year,
        source=FundingSource.objects.get(code=source),
        state=state,
        amount_wan=Decimal(yi) * 10_000,
        happened_on=date(year, 6, 1),
        recorded_at=datetime(year, 6, 1, tzinfo=UTC),
        **more,
    )


def project(number: int, yi: str, landed: date, **more) -> Project:
    return Project.objects.create(
        code=f"PRJ-9{number:03d}",
        name="厂",
        field=Field.objects.get(code="industry"),
        main_area_id=more.pop("area", "330122"),
        is_industrial=True,
        total_yi=Decimal(yi),
        landed_on=landed,
        landing_basis="started",
        **more,
    )


@pytest.mark.usefixtures("plan")
class TestPlan:
    """Without demonstration data: nothing known is said where nothing is known."""

    def test_every_promise_with_its_words(self):
        rows = yaml.safe_load(settings.PLAN_FILE.read_text(encoding="utf-8"))["commitments"]
        stored = {row.code: row for row in Commitment.objects.all()}
        assert {row["code"]: row["words"] for row in rows} == {code: row.words for code, row in stored.items()}
        assert {code for code, row in stored.items() if row.is_our_reading} == {
            "C01",
            "C02",
            "C03",
            "C09",
            "C10",
            "C11",
            "C12",
        }

    def test_nothing_recorded_is_unknown_and_not_zero(self):
        assert {row.commitment.code: row.status for row in standings(ON, user=User(role="leader"))} == dict.fromkeys(
            Commitment.objects.values_list("code", flat=True), "unknown"
        ) | {code: standing(code).status for code in ("C01", "C02")}
        assert standing("C10").lines[0].progress.done is None

    def test_projects_of_the_size_that_landed_in_the_period(self):
        Project.objects.all().delete()
        project(1, "1", date(2023, 1, 1))
        project(2, "0.9999", date(2024, 1, 1))
        project(3, "10", date(2024, 1, 1), area="330127")
        project(4, "20", date(2022, 12, 31))
        project(5, "20", date(2026, 3, 23))
        project(6, "20", date(2025, 1, 1), state="cancelled")
        assert standing("C01").parts == {"330122": 1, "330127": 1, "330182": 0}
        assert standing("C02").lines[0].progress.done == 1
        assert standing("C01", date(2026, 3, 23)).lines[0].progress.done == 3

    def test_yearly_money_is_judged_year_by_year(self):
        flow("F1", 2023, "10")
        flow("F1", 2023, "5", area="330127")
        flow("F1", 2024, "14.99")
        flow("F1", 2025, "99", state="arrived")
        lines = {line.year: line.progress for line in standing("C10").lines}
        assert [(y, p.done, p.status) for y, p in lines.items()] == [
            (2023, 15, "fulfilled"),
            (2024, 14.99, "broken"),
            (2025, None, "unknown"),
            (2026, None, "unknown"),
        ]

    def test_a_correction_moves_the_promise_by_its_amount(self):
        first = flow("F4", 2024, "7")
        before = standing("C09").lines[0].progress.done
        flow("F4", 2024, "-0.5", kind="correction", corrects=first, reason="误记")
        assert (before, standing("C09").lines[0].progress.done) == (7, 6.5)

    def test_matching_follows_the_rule(self):
        flow("F1", 2024, "2")
        flow("F3", 2024, "1", state="arrived")
        found = {(line.area, line.year): line.progress for line in standing("C12").lines}
        assert (found["330122", 2024].done, found["330122", 2024].status) == (0.5, "broken")
        assert found["330127", 2024].status == "unknown"
        flow("F3", 2024, "1", state="arrived")
        found = {(line.area, line.year): line.progress for line in standing("C12").lines}
        assert found["330122", 2024].status == "fulfilled"

    def test_past_days_do_not_see_later_money(self):
        flow("F4", 2024, "7")
        assert standing("C09", date(2024, 5, 31)).lines[0].progress.done is None


@pytest.mark.usefixtures("demo")
class TestPages:
    @pytest.mark.parametrize("name", ["admin", "municipal", "leader", "tonglu", "chunan-health", "stats"])
    def test_every_login_reads(self, clients, name):
        for path in ("/commitments/", "/commitments/C01/", "/commitments/C13/", "/commitments.csv"):
            assert clients[name].get(path).status_code == 200
        assert clients[name].get("/commitments/C99/").status_code == 404

    def test_words_and_marks_stand_on_the_page(self, clients):
        text = clients["stats"].get("/commitments/").content.decode()
        assert [row.code for row in Commitment.objects.all() if row.words not in text] == []
        assert text.count("读法暂定") == 7

    @pytest.mark.parametrize(
        ("name", "status"),
        [("chunan", 302), ("municipal", 302), ("tonglu", 400), ("chunan-health", 400), ("stats", 400)],
    )
    def test_who_states(self, clients, name, status):
        before = CommitmentStatement.objects.count()
        form = {"area": "330127", "standing": "fulfilled", "words": "全部覆盖"}
        assert clients[name].post("/commitments/C13/", form).status_code == status
        assert CommitmentStatement.objects.count() - before == (status == 302)

    def test_a_statement_with_its_file_is_the_standing(self, clients, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        form = {
            "area": "330127",
            "standing": "fulfilled",
            "words": "全部覆盖",
            "file": SimpleUploadedFile("证明.pdf", PDF),
        }
        assert clients["chunan"].post("/commitments/C13/", form).status_code == 302
        said = CommitmentStatement.objects.get(words="全部覆盖")
        for name in ("chunan", "chunan-housing", "municipal", "leader"):
            answer = clients[name].get(f"/commitments/C13/files/{said.pk}/")
            assert (b"".join(answer.streaming_content), "attachment" in answer["Content-Disposition"]) == (PDF, True)
            assert f"/commitments/C13/files/{said.pk}/" in clients[name].get("/commitments/C13/").content.decode()
        for name in ("stats", "tonglu", "tonglu-housing"):
            assert clients[name].get(f"/commitments/C13/files/{said.pk}/").status_code == 404
            page = clients[name].get("/commitments/C13/").content.decode()
            assert ("全部覆盖" in page, "证明.pdf" in page, "仅本地区和市级单位" in page) == (True, False, True)
        user = User.objects.get(username="leader")
        row = next(r for r in standings(said.stated_on, user=user) if r.commitment.code == "C13")
        assert {line.area: line.progress.status for line in row.lines}["330127"] == "fulfilled"
        assert AuditEntry.objects.filter(subject="commitments.commitmentstatement", key="C13/330127").exists()

    def test_bad_input_is_told_and_kept(self, clients):
        form = {
            "area": "330127",
            "standing": "behind",
            "words": "写了很多字",
            "file": SimpleUploadedFile("a.pdf", b"MZ1"),
        }
        answer = clients["chunan"].post("/commitments/C13/", form)
        assert answer.status_code == 400
        assert "程序文件" in answer.content.decode()
        assert "写了很多字" in answer.content.decode()
        assert "佐证文件请重新选择。" in answer.content.decode()
        for missing in ("area", "standing"):
            answer = clients["municipal"].post("/commitments/C13/", {**form, "file": "", missing: ""})
            assert (answer.status_code, "请选择" in answer.context["error"]) == (400, True)
            assert "佐证文件请重新选择。" not in answer.content.decode()
        assert clients["chunan"].post("/commitments/C01/", {**form, "file": ""}).status_code == 400

    def test_no_judgement_is_chosen_beforehand_and_no_county_for_the_city(self, clients):
        blank = '<option value="">（请选择）</option>'
        counts = [
            clients[name].get("/commitments/C13/").content.decode().count(blank) for name in ("chunan", "municipal")
        ]
        assert counts == [1, 2]

    def test_a_promise_in_words_has_no_columns_of_numbers(self, clients):
        page = clients["leader"].get("/commitments/C13/").content.decode()
        assert "序时应达" not in page
        page = folded(clients["leader"].get("/commitments/C10/").content.decode())
        assert ("序时应达" in page, "<td>不少于 15 亿元/年</td>" in page) == (True, True)

    def test_queries(self, clients, django_assert_max_num_queries):
        clients["leader"].get("/commitments/")
        with django_assert_max_num_queries(24):
            clients["leader"].get("/commitments/")

    def test_clearing_takes_the_demonstrations_statements(self):
        assert CommitmentStatement.objects.filter(is_demo=True).exists()
        clear_demo()
        assert not CommitmentStatement.objects.exists()
        assert Organisation.objects.exists()


def test_overview_and_promise_both_say_nothing_while_no_landing_is_registered(plan, client):
    """The projects that the plan names are in the register, and nobody has told of one that it landed."""
    client.force_login(User.objects.create(username="mayor", role=User.Role.LEADER))
    assert Project.objects.exists()

    def told() -> tuple[bool, bool]:
        overview, promise = (client.get(path).content.decode() for path in ("/?year=2023", "/commitments/C01/"))
        return "没有登记落地的项目" in overview, "没有数据" in promise

    assert told() == (True, True)
    project(1, "1", date(2023, 1, 1))
    assert told() == (False, False)


def test_a_promise_of_money_says_in_which_stage_it_counts(clients):
    """The overview shows what has arrived of the same money: both say which of the four stages they count."""
    listed = clients["leader"].get("/commitments/").content.decode()
    assert listed.count("按下达数计") == Commitment.objects.filter(source_kind="funding").count() > 0
    page = clients["leader"].get("/commitments/C10/").content.decode()
    assert "按下达数计，到位和支付见" in re.sub(r"\s+", "", page)
    assert "按下达数计" not in clients["leader"].get("/commitments/C01/").content.decode()
