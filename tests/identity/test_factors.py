"""The second factor: a telephone's codes, recovery codes, who has to have one, who takes it away, what asks again."""

import re
from datetime import timedelta
from unittest import mock

import pyotp
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, User
from identity.entry import PROVED_AT
from identity.factor_actions import (
    CodeOutcome,
    ask_factor_reset,
    begin_totp,
    confirm_totp,
    settle_factor_reset,
    spend_code,
)
from identity.factors import MOST_FAILURES, STEP, digest_of, has_factor
from identity.models import FactorReset, LoginSession, RecoveryCode, SecondFactor
from journal.models import AuditEntry, SubmittedForm
from lib.refusals import Refused
from lib.sealed_text import NotOpened, seal, unseal
from reporting.models import Submission

LOGIN, SECOND, FACTORS = "/accounts/login/", "/accounts/second/", "/accounts/factors/"
APPROVE = "/reporting/330182/2025/steps/approve/"


@pytest.fixture
def tonglu(demo):
    return User.objects.get(username="tonglu")


def code_of(secret, steps=0):
    return pyotp.TOTP(secret).at(timezone.now() + timedelta(seconds=STEP * steps))


def set_up(user):
    """The secret and the recovery codes of a new second factor, its first code of the step before now used."""
    secret = begin_totp(by=user)
    return secret, confirm_totp(code=code_of(secret, -1), by=user)


def password_given(username="tonglu", **more):
    client = Client(**more)
    client.post(LOGIN, {"username": username, "password": "demo", "next": "/plan/"})
    return client


def fresh(client, minutes_ago=0):
    session = client.session
    session[PROVED_AT] = int(timezone.now().timestamp()) - 60 * minutes_ago
    session.save()


# Setting up ---------------------------------------------------------------------------------------


def test_a_telephone_is_set_up_by_a_picture_and_a_code(login, tonglu):
    client = login("tonglu")
    fresh(client)
    page = client.post(FACTORS + "totp/")
    assert re.search(r'src="data:image/svg\+xml', page.content.decode())
    secret = page.context["secret"].replace(" ", "")
    assert client.post(FACTORS + "totp/").context["secret"].replace(" ", "") == secret
    wrong = client.post(FACTORS + "totp/", {"code": "000000"})
    assert ("动态口令不对" in wrong.content.decode(), has_factor(tonglu)) == (True, False)
    done = client.post(FACTORS + "totp/", {"code": code_of(secret)})
    assert (len(done.context["codes"]), has_factor(tonglu)) == (10, True)
    assert client.get(FACTORS).context["codes"] == ()
    assert secret not in SecondFactor.objects.get(user=tonglu).secret
    assert AuditEntry.objects.filter(action="add_factor", key="tonglu", actor=tonglu).count() == 1


def test_a_desk_left_open_sets_up_nothing(login, tonglu):
    client = login("tonglu")
    fresh(client, minutes_ago=11)
    answer = client.post(FACTORS + "totp/")
    assert ("请确认是您本人" in answer.content.decode(), SecondFactor.objects.count()) == (True, 0)
    assert client.post(FACTORS + "totp/", {"proof_password": "demo"}).context["secret"]


def test_what_is_sealed_is_opened_by_this_site_alone(settings):
    sealed = seal("密钥")
    assert (unseal(sealed), "密钥" in sealed) == ("密钥", False)
    settings.SECRET_KEY = "another key that is long enough to be taken as one of a site"
    with pytest.raises(NotOpened):
        unseal(sealed)


# Coming in ----------------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing(tonglu):
    secret, _ = set_up(tonglu)
    client = password_given()
    assert client.get("/plan/")["Location"].startswith(LOGIN)
    assert client.get("/api/v1/areas/").status_code == 401
    assert AuditEntry.objects.filter(action__in=["login", "login_failed"]).count() == 0
    wrong = client.post(SECOND, {"code": "000000"})
    assert "动态口令不对" in wrong.content.decode()
    assert AuditEntry.objects.get(action="login_failed").key == "tonglu"
    assert client.post(SECOND, {"code": code_of(secret)})["Location"] == "/plan/"
    assert client.get("/plan/").status_code == 200
    assert AuditEntry.objects.get(action="login").actor == tonglu


def test_without_a_password_there_is_no_second_step(tonglu):
    set_up(tonglu)
    assert Client().get(SECOND)["Location"] == LOGIN
    client = password_given()
    session = client.session
    session["pending"] = session["pending"] | {"at": session["pending"]["at"] - 301}
    session.save()
    assert client.get(SECOND)["Location"] == LOGIN
    client = password_given()
    User.objects.filter(pk=tonglu.pk).update(is_active=False)
    assert client.get(SECOND)["Location"] == LOGIN


def test_a_new_password_ends_what_the_old_one_began(tonglu):
    """Somebody who has the old one waits at the second step when it is changed."""
    secret, _ = set_up(tonglu)
    client = password_given()
    tonglu.set_password("a new one that nobody knows")
    tonglu.save()
    assert client.post(SECOND, {"code": code_of(secret)})["Location"] == LOGIN
    assert client.get("/plan/").status_code == 302


@pytest.mark.parametrize("word", ["x", "overview", "logout"])
def test_a_word_for_a_place_is_no_name_of_a_page(tonglu, word):
    """`next=x` was a fault of the site, and a page's name led there, wherever it was."""
    client = Client()
    assert client.post(LOGIN, {"username": "tonglu", "password": "demo", "next": word})["Location"] == word
    assert client.post("/accounts/prove/", {"proof_password": "demo", "address": word})["Location"] == word


def test_a_secret_of_another_key_is_begun_anew(tonglu, settings):
    """It was never confirmed; the page was a fault of the site for ever."""
    first = begin_totp(by=tonglu)
    settings.SECRET_KEY = "another key that is long enough to be taken as one of a site"
    second = begin_totp(by=tonglu)
    assert (begin_totp(by=tonglu), first == second) == (second, False)
    assert len(confirm_totp(code=code_of(second), by=tonglu)) == 10


def test_a_code_counts_once_and_for_a_short_time(tonglu):
    secret, _ = set_up(tonglu)
    for steps, outcome in [(-2, "wrong"), (2, "wrong"), (0, "taken"), (0, "wrong"), (-1, "wrong"), (1, "taken")]:
        assert spend_code(user=tonglu, code=code_of(secret, steps)) is CodeOutcome(outcome)


def test_guesses_have_an_end(tonglu):
    secret, codes = set_up(tonglu)
    client = password_given()
    for _ in range(MOST_FAILURES):
        assert "动态口令不对" in client.post(SECOND, {"code": "000000"}).content.decode()
    for right in (code_of(secret), codes[0]):
        assert "请过15分钟再试" in client.post(SECOND, {"code": right}).content.decode()
    SecondFactor.objects.update(failed_at=timezone.now() - timedelta(minutes=16))
    assert client.post(SECOND, {"code": code_of(secret)})["Location"] == "/plan/"


def guess(user, at):
    """What becomes of a wrong code then."""
    with mock.patch("django.utils.timezone.now", return_value=at):
        return spend_code(user=user, code="000000")


def test_guesses_get_fewer_and_fewer(tonglu):
    """Whoever has the password tries codes day after day: after every fifth in a row the wait doubles, to a day."""
    secret, codes = set_up(tonglu)
    began, tried = timezone.now() + timedelta(minutes=2), []
    for minute in range(0, 3 * 24 * 60, 15):
        at = began + timedelta(minutes=minute)
        while guess(tonglu, at) is CodeOutcome.WRONG:
            tried.append(minute)
    assert tried[::5] == [0, 15, 45, 105, 225, 465, 945, 1905, 3345]
    assert len(tried) == 45
    later = began + timedelta(days=3)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert spend_code(user=tonglu, code=codes[0]) is CodeOutcome.WAITS
    later += timedelta(hours=9)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert spend_code(user=tonglu, code=pyotp.TOTP(secret).at(later)) is CodeOutcome.TAKEN
    assert SecondFactor.objects.get(user=tonglu).failures == 0


def test_guesses_at_recovery_codes_and_codes_share_one_count(tonglu):
    _, codes = set_up(tonglu)
    client = password_given()
    for given in ("000000", "AAAAA-AAAAA", "123456", codes[0][:-1], "", " " * 40):
        client.post(SECOND, {"code": given})
    assert SecondFactor.objects.get(user=tonglu).failures == 5
    assert spend_code(user=tonglu, code=codes[0]) is CodeOutcome.WAITS


def test_half_a_login_forgives_no_guesses_at_passwords(tonglu):
    """The right password is not yet a login: who has it, and not the telephone, does not set the count back."""
    set_up(tonglu)
    client = Client()
    for password in (*["wrong"] * 4, "demo"):
        answer = client.post(LOGIN, {"username": "tonglu", "password": password})
    assert answer["Location"] == SECOND
    assert client.post(LOGIN, {"username": "tonglu", "password": "wrong"}).status_code == 429


def test_the_session_of_half_a_login_opens_nothing_by_a_forged_step(tonglu):
    """The second step asked for without the first, with another's name, or by parts of it."""
    set_up(tonglu)
    for form in (
        {"code": "000000", "user": tonglu.pk},
        {"passkey": "{}"},
        {"passkey": "x" * 30_000},
        {"code": "０" * 6},
    ):
        assert Client().post(SECOND, form)["Location"] == LOGIN
        half = password_given()
        assert half.post(SECOND, form).status_code == 200
        assert half.get("/plan/")["Location"].startswith(LOGIN)


def test_a_recovery_code_gets_in_once(tonglu):
    _, codes = set_up(tonglu)
    assert codes[0] not in RecoveryCode.objects.values_list("digest", flat=True)
    typed = codes[0].lower().replace("-", " ")
    assert password_given().post(SECOND, {"code": typed})["Location"] == "/plan/"
    assert "动态口令不对" in password_given().post(SECOND, {"code": typed}).content.decode()
    assert password_given().post(SECOND, {"code": codes[1]})["Location"] == "/plan/"
    assert AuditEntry.objects.filter(action="use_recovery_code", key="tonglu").count() == 2
    assert digest_of(tonglu, codes[2]) != digest_of(User.objects.get(username="admin"), codes[2])


def test_the_forced_password_still_comes_first(clients, tonglu):
    secret, _ = set_up(tonglu)
    page, new = reverse("admin:auth_user_password_change", args=[tonglu.pk]), "一个足够长的新密码 2026"
    clients["admin"].post(page, {"password1": new, "password2": new, "usable_password": "true"})
    client = Client()
    client.post(LOGIN, {"username": "tonglu", "password": new})
    client.post(SECOND, {"code": code_of(secret)})
    assert client.get("/plan/")["Location"] == "/accounts/password/"


# Who has to have one ------------------------------------------------------------------------------


def test_a_role_that_has_to_have_one_sets_it_up_first(tonglu, settings):
    settings.SECOND_FACTOR_ROLES = ["county"]
    client = password_given()
    assert [client.get(path)["Location"] for path in ("/", "/plan/", "/accounts/sessions/")] == [FACTORS] * 3
    assert client.get("/api/v1/areas/").status_code == 403
    assert "您的角色必须有第二因子" in client.get(FACTORS).content.decode()
    secret = client.post(FACTORS + "totp/").context["secret"].replace(" ", "")
    client.post(FACTORS + "totp/", {"code": code_of(secret)})
    assert client.get("/plan/").status_code == 200
    assert password_given("stats").get("/plan/").status_code == 200
    settings.SECOND_FACTOR_ROLES = ["all"]
    assert password_given("stats").get("/plan/")["Location"] == FACTORS


# Reset by two people ------------------------------------------------------------------------------


@pytest.fixture
def second_admin(demo):
    return User.objects.create(username="admin2", role="administrator", is_staff=True)


def test_two_people_take_it_away(login, tonglu, second_admin):
    set_up(tonglu)
    first, second, own = login("admin"), login("admin2"), login("tonglu")
    page = FACTORS + "resets/"
    assert first.post(page, {"username": "nobody", "reason": "遗失"}).context["typed"]["reason"] == "遗失"
    assert first.post(page, {"username": "tonglu", "reason": "手机遗失，已当面核实"})["Location"] == page
    reset = FactorReset.objects.get()
    settle = reverse("factor_reset_settle", args=[reset.pk])
    first.post(settle, {"answer": "agree"})
    assert (own.post(settle, {"answer": "agree"}).status_code, has_factor(tonglu)) == (404, True)
    assert "同意重置" not in first.get(page).content.decode()
    assert "同意重置" in second.get(page).content.decode()
    second.post(settle, {"answer": "agree"})
    assert (has_factor(tonglu), RecoveryCode.objects.count(), LoginSession.objects.of(tonglu).count()) == (False, 0, 0)
    assert password_given().get("/plan/").status_code == 200
    rows = AuditEntry.objects.filter(action__in=["ask_factor_reset", "reset_factor"]).order_by("id")
    assert [(row.actor.username, row.key, row.reason) for row in rows] == [
        ("admin", "tonglu", "手机遗失，已当面核实"),
        ("admin2", "tonglu", "手机遗失，已当面核实"),
    ]
    with pytest.raises(Refused):
        settle_factor_reset(reset=reset, agreed=True, by=second_admin)


def test_nobody_resets_the_own_one(second_admin):
    admin = User.objects.get(username="admin")
    set_up(admin)
    with pytest.raises(Refused):
        ask_factor_reset(user=admin, reason="遗失", by=admin)
    reset = ask_factor_reset(user=admin, reason="遗失", by=second_admin)
    with pytest.raises(Refused):
        settle_factor_reset(reset=reset, agreed=True, by=admin)
    settle_factor_reset(reset=reset, agreed=False, by=User.objects.create(username="a3", role="administrator"))
    assert has_factor(admin)


def test_where_there_is_one_administrator_the_host_agrees(tonglu, capsys):
    set_up(tonglu)
    with pytest.raises(CommandError, match="No reset of tonglu"):
        call_command("reset_second_factor", "tonglu")
    ask_factor_reset(user=tonglu, reason="遗失", by=User.objects.get(username="admin"))
    call_command("reset_second_factor", "tonglu")
    assert (has_factor(tonglu), "taken away; asked by" in capsys.readouterr().out) == (False, True)


# Asked again --------------------------------------------------------------------------------------


def state():
    return Submission.objects.get(area="330182", round__year=2025).state


def test_an_approval_asks_again_and_loses_nothing(login, settings):
    settings.ASK_AGAIN_MINUTES = 15
    client = login("municipal")
    fresh(client, minutes_ago=16)
    form = {"reason": "已核对“原件”", "late_reason": "x"}
    page = client.post(APPROVE, form)
    assert (page.status_code, state(), dict(page.context["typed"])) == (200, "submitted", form)
    assert "密码不对" in client.post(APPROVE, form | {"proof_password": "wrong"}).content.decode()
    assert state() == "submitted"
    client.post(APPROVE, form | {"proof_password": "demo"})
    assert state() == "approved"


def test_who_has_a_telephone_is_asked_for_its_code_and_a_password_does_not_do(login, settings):
    settings.ASK_AGAIN_MINUTES = 15
    secret, _ = set_up(User.objects.get(username="municipal"))
    client = login("municipal")
    client.post(APPROVE, {"proof_password": "demo"})
    assert state() == "submitted"
    client.post(APPROVE, {"proof_code": code_of(secret)})
    assert state() == "approved"


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("municipal", "/review/steps/approve/"),
        ("municipal", f"/imports/{'x' * 32}/"),
        ("municipal", "/accounts/tokens/"),
        ("municipal", "/accounts/tokens/nothing/revoke/"),
        ("admin", "/accounts/tokens/nothing/confirm/"),
        ("admin", "/admin/accounts/user/add/"),
        ("admin", "/admin/accounts/organisation/add/"),
        ("admin", "/setup/logins/"),
    ],
)
def test_each_step_that_matters_asks_again(login, settings, who, path):
    client = login(who)
    assert "请确认是您本人" not in client.post(path).content.decode()
    settings.ASK_AGAIN_MINUTES = 15
    assert "请确认是您本人" in client.post(path).content.decode()
    fresh(client)
    assert "请确认是您本人" not in client.post(path).content.decode()
    assert "请确认是您本人" not in client.get(path).content.decode()


def test_what_is_no_such_step_is_not_asked_about(login, settings):
    settings.ASK_AGAIN_MINUTES = 15
    answer = login("tonglu").post("/reporting/notices/read/")
    assert answer.status_code == 302


def test_the_api_refuses_a_session_that_is_not_fresh_and_takes_a_token(login, settings):
    settings.ASK_AGAIN_MINUTES = 15
    path = "/api/v1/submissions/330182/2025/approve/"
    answer = login("municipal").post(path, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (403, "这一步要再次确认身份，请在网页上办理。")
    assert state() == "submitted"


def test_a_form_sent_twice_through_the_question_makes_one(login, settings):
    settings.ASK_AGAIN_MINUTES = 15
    secret, codes = set_up(User.objects.get(username="municipal"))
    client = login("municipal")
    unit = Organisation.objects.get(code="HZDRC")
    form = {"name": "平台", "organisation": unit.pk, "scopes": "read", "days": 30, "once": "x"}
    assert client.post("/accounts/tokens/", form | {"proof_code": code_of(secret)}).context["made"]
    fresh(client, minutes_ago=16)
    again = client.post("/accounts/tokens/", form | {"proof_code": codes[0]})
    assert (again.status_code, SubmittedForm.objects.count(), unit.tokens.count()) == (302, 1, 1)


def test_a_file_is_chosen_again(login, settings, tmp_path):
    settings.ASK_AGAIN_MINUTES = 15
    client, file = login("admin"), tmp_path / "logins.xlsx"
    file.write_bytes(b"x")
    with file.open("rb") as content:
        page = client.post("/setup/logins/", {"file": content})
    assert "再重新选择文件" in page.content.decode()
    answer = client.post("/accounts/prove/", {"address": page.context["address"], "proof_password": "demo"})
    assert answer["Location"] == "/setup/logins/"
    assert client.post("/accounts/prove/", {"address": "//evil.example", "proof_password": "demo"})["Location"] == "/"
