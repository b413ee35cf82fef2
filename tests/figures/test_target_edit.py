"""A target changed on the cell's page: seen before it is saved, a version more, nobody's typing lost."""

from decimal import Decimal

import pytest

from indicators.models import Target
from indicators.recomputes.recompute import sweep_pending
from journal.models import AuditEntry, Change
from plan.models import PolicyDocument

PATH = "/cells/330127/P02/2024/target/"
CELL = "/cells/330127/P02/2024/"
GIVEN = {"value": "93", "document": "关于调整2024年度目标的通知", "reason": "市联席会议同意调整。", "version": "1"}


def in_force():
    return Target.objects.as_of(None).get(area="330127", indicator="P02", year=2024)


def test_the_cell_leads_there_for_the_city_alone(clients):
    for name, is_offered in (("municipal", True), ("admin", True), ("leader", False), ("chunan", False)):
        assert (PATH in clients[name].get(CELL).content.decode()) is is_offered, name
    assert PATH not in clients["municipal"].get(f"{CELL}?as_of=2025-12-31").content.decode()


def test_the_effect_is_shown_and_nothing_written(clients):
    before = clients["municipal"].get(CELL).content.decode()
    assert "滞后" in before
    page = clients["municipal"].post(PATH, GIVEN | {"preview": "1"}).content.decode()
    assert "项判定改变（还没有保存）" in page
    assert "<td>2024</td>" in page
    assert 'value="93"' in page
    assert GIVEN["reason"] in page
    assert in_force().version == 1
    assert (
        "没有判定改变" in clients["municipal"].post(PATH, GIVEN | {"preview": "1", "value": "94.31"}).content.decode()
    )


def test_saved_is_a_version_more_and_judged_anew(clients):
    answer = clients["municipal"].post(PATH, GIVEN, follow=True)
    assert answer.redirect_chain == [(CELL, 302)]
    assert "新目标已保存为下一个版本" in answer.content.decode()
    new = in_force()
    assert (new.version, new.value, new.cite, new.is_demo) == (2, Decimal(93), "official", False)
    assert (new.reason, new.document.title) == (GIVEN["reason"], GIVEN["document"])
    assert new.document.issuer == "杭州市发展和改革委员会"
    change = Change.objects.latest("number")
    assert (change.kind, change.reason) == ("retargeted", GIVEN["reason"])
    assert AuditEntry.objects.filter(subject="indicators.target", actor__username="municipal").exists()
    sweep_pending()
    assert "达标" in clients["leader"].get(CELL).content.decode().partition("</h1>")[0]
    again = clients["municipal"].post(PATH, GIVEN | {"version": "2", "value": "93.5"})
    assert again.status_code == 302
    assert PolicyDocument.objects.filter(title=GIVEN["document"]).count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": ""}, "必填"),
        ({"value": "九十"}, "数字"),
        ({"value": "101"}, "应在 0 和 100 之间"),
        ({"value": "93.1234567"}, "小数"),
        ({"reason": " "}, "必填"),
        ({"document": ""}, "必填"),
        ({"version": "7"}, "别人刚刚改过这个目标，现在是 94.3"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(clients, wrong, words):
    answer = clients["municipal"].post(PATH, GIVEN | wrong)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    for name, text in (GIVEN | wrong).items():
        assert text.strip() in page, name
    assert in_force().version == 1


def test_the_same_again_is_no_version(clients):
    clients["municipal"].post(PATH, GIVEN)
    answer = clients["municipal"].post(PATH, GIVEN | {"version": "2"})
    assert answer.status_code == 400
    assert "和现行的一样" in answer.content.decode()
    assert in_force().version == 2


def test_a_first_target(clients):
    Target.objects.filter(area="330127", indicator="P02", year=2022).delete()
    path = PATH.replace("2024", "2022")
    assert "还没有年度目标" in clients["municipal"].get(path).content.decode()
    assert clients["municipal"].post(path, GIVEN | {"version": "0"}).status_code == 302
    assert Target.objects.as_of(None).get(area="330127", indicator="P02", year=2022).value == 93


def test_an_unknown_cell_is_404_in_words(clients):
    for path in ("/cells/330127/X99/2024/target/", "/cells/330100/P02/2024/target/", "/cells/330127/P02/1999/target/"):
        assert clients["municipal"].get(path).status_code == 404
