"""Another person is another person: accounts, tokens and moves between units change nothing of it."""

from decimal import Decimal

import pytest
from django.test import Client

from access.actions import create_token
from accounts.models import AccessToken, Organisation, User
from accounts.persons import is_one_of, persons_behind
from lib.refusals import NotAllowed
from reporting.actions import change_state
from reporting.entries.saving import Typed, save_entries
from reporting.models import Entry, EntryVersion, Submission
from reporting.publishing import authors_of

APPROVE = "/api/v1/submissions/330182/2025/approve/"


@pytest.fixture
def people(demo):
    """people["jiande"]: by login. Jiande's sheet of 2025 is submitted, typed by none of them; nobody has a token."""
    Entry.objects.filter(submission=sheet()).update(saved_by=None)
    EntryVersion.objects.filter(entry__submission=sheet()).update(by=None)
    return {user.username: user for user in User.objects.all()}


def sheet() -> Submission:
    return Submission.objects.get(area="330182", round__year=2025)


def token(by: User | None, code: str) -> tuple[AccessToken, str]:
    """A token of the unit that an administrator lets write, made by `by`."""
    unit = Organisation.objects.get(code=code)
    made, text = create_token(name=f"{by} {code}", organisation=unit, scopes=AccessToken.Scope.values, by=None)
    AccessToken.objects.filter(pk=made.pk).update(created_by=by)
    made.refresh_from_db()
    return made, text


def to_the_city(user: User) -> User:
    user.role, user.organisation = User.Role.MUNICIPAL, Organisation.objects.get(code="HZDRC")
    user.save()
    return user


def sent_by(user: User) -> None:
    """The sheet is withdrawn and submitted again by this account."""
    county = User.objects.get(username="jiande")
    change_state(submission=sheet(), action="withdraw", by=county)
    change_state(submission=sheet(), action="submit", by=user)


def is_refused(by: User) -> bool:
    with pytest.raises(NotAllowed, match="另一位人员审核"):
        change_state(submission=sheet(), action="approve", by=by)
    return sheet().state == "submitted"


def test_who_submitted_and_went_over_does_not_approve_by_a_token_either(people):
    """Over HTTP, as it was found: refused on the page, then by a token of the city's that he makes himself."""
    sent_by(people["jiande"])
    mover = to_the_city(people["jiande"])
    _made, text = token(mover, "HZDRC")
    answer = Client().post(APPROVE, {}, content_type="application/json", headers={"Authorization": f"Bearer {text}"})
    assert (answer.status_code, "另一位人员审核" in answer.json()["detail"], sheet().state) == (403, True, "submitted")
    change_state(submission=sheet(), action="approve", by=people["municipal"])
    assert sheet().state == "approved"


def test_what_a_token_submitted_its_maker_does_not_approve(people):
    made, _text = token(people["jiande"], "330182-DRC")
    sent_by(made.user)
    assert is_refused(to_the_city(people["jiande"]))


def test_what_one_token_submitted_another_of_the_same_maker_does_not_approve(people):
    county, _text = token(people["admin"], "330182-DRC")
    city, _text = token(people["admin"], "HZDRC")
    sent_by(county.user)
    assert is_refused(city.user)
    other, _text = token(people["municipal"], "HZDRC")
    change_state(submission=sheet(), action="approve", by=other.user)
    assert sheet().state == "approved"


def test_a_token_of_the_command_line_stands_for_itself(people):
    county = token(None, "330182-DRC")[0].user
    sent_by(county)
    county.role, county.organisation = people["municipal"].role, people["municipal"].organisation
    assert is_refused(county)
    change_state(submission=sheet(), action="approve", by=token(None, "HZDRC")[0].user)
    assert sheet().state == "approved"


def test_whose_value_stands_approves_nothing_though_another_saved_last(people):
    """One types the value; another adds a word to it. The value is still the first one's."""
    clerk = people["jiande-housing"]
    colleague = User.objects.create(username="colleague", role=clerk.role, organisation=clerk.organisation)
    change_state(submission=sheet(), action="return", by=people["municipal"], reason="请核对", entries=["P02"])
    entry = sheet().entries.get(indicator="P02")
    save_entries(submission=sheet(), typed=[Typed("P02", entry.value + Decimal("0.1"), "按新口径更正了数据")], by=clerk)
    value = sheet().entries.get(indicator="P02").value
    save_entries(submission=sheet(), typed=[Typed("P02", value, "按新口径更正了数据，附表一")], by=colleague)
    sheet().parts.update(state="handed_over")
    change_state(submission=sheet(), action="submit", by=people["jiande"])
    assert is_refused(to_the_city(clerk))


def test_whose_value_was_replaced_is_no_longer_an_author(people):
    clerk = people["jiande-housing"]
    colleague = User.objects.create(username="colleague", role=clerk.role, organisation=clerk.organisation)
    change_state(submission=sheet(), action="return", by=people["municipal"], reason="请核对", entries=["P02"])
    for entry in sheet().entries.filter(part__organisation=clerk.organisation):
        sheet().parts.filter(pk=entry.part_id).update(state="open")
        typed = [Typed(entry.indicator_id, entry.value, f"{entry.explanation}经同事重新核对")]
        if entry.indicator_id == "P02":
            save_entries(submission=sheet(), typed=[Typed("P02", entry.value + 1, "经本人核对有误")], by=clerk)
        save_entries(submission=sheet(), typed=typed, by=colleague)
    entry = sheet().entries.get(indicator="P02")
    assert (entry.versions.filter(by=clerk).exists(), authors_of(entry)) == (True, {colleague.pk})


def test_who_is_behind_accounts(people):
    by_jiande, by_nobody = token(people["jiande"], "330182-DRC")[0], token(None, "330182-DRC")[0]
    accounts = [people["municipal"].pk, by_jiande.user_id, by_nobody.user_id, None]
    assert persons_behind(accounts) == {people["municipal"].pk, people["jiande"].pk, by_nobody.user_id}
    assert is_one_of(by_jiande.user, [people["jiande"].pk])
    assert is_one_of(people["jiande"], [by_jiande.user_id])
    assert not is_one_of(by_jiande.user, [None, people["municipal"].pk, by_nobody.user_id])
