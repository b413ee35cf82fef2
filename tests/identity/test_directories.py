"""Coming in by OpenID Connect, CAS and LDAP, each tried with a server of its kind on this machine; and what the
directory says of a post, which is what the account is here from the next login on."""

import socket
from base64 import urlsafe_b64encode
from contextlib import ExitStack, suppress
from datetime import timedelta
from hashlib import sha256
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from access.actions import create_token
from access.arrivals import arrive, rule_for
from access.locks import unlock_logins
from accounts.models import AccessToken, Organisation, User
from county_urbanization import ways_in
from identity.arrival import Arrival, NotTaken
from identity.models import ExternalIdentity, LoginSession, PostRule
from identity.tasks import forget_ended_sessions
from journal.models import AuditEntry
from messaging.models import Endpoint
from messaging.subscribing import register_endpoint
from reporting.models import Submission
from tests.identity.providers import SLAPD, cas_server, certificate, directory, oidc_server

LOGIN, OIDC, CAS = "/accounts/login/", "/accounts/oidc/", "/accounts/cas/"
COUNTY, CITY = "建德市发展和改革局", "杭州市发展和改革委员会"
SUBMITTED, APPROVE = ("330182", 2025), "/reporting/330182/2025/steps/approve/"


@pytest.fixture
def rules(demo):
    """What the administrators have written down: the county's office, the city's, and its leaders."""
    units = {unit.code: unit for unit in Organisation.objects.all()}
    rows = [
        (10, CITY, "主任", None, "leader"),
        (20, CITY, "", units["HZDRC"], "municipal"),
        (30, COUNTY, "", units["330182-DRC"], "county"),
    ]
    for position, unit, post, organisation, role in rows:
        PostRule.objects.create(
            position=position, directory_unit=unit, directory_post=post, organisation=organisation, role=role
        )


def of(subject="7", username="zhangsan", unit=COUNTY, post="科员", **more):
    return Arrival("ldap", subject, username, more.get("name", "张三"), (unit,), (post,))


# Posts --------------------------------------------------------------------------------------------


def test_the_first_rule_that_fits_counts(rules):
    found = {
        (unit, post): rule_for(of(unit=unit, post=post)) for unit in (COUNTY, CITY, "别处") for post in ("主任", "")
    }
    assert {key: rule and rule.role for key, rule in found.items()} == {
        (COUNTY, "主任"): "county",
        (COUNTY, ""): "county",
        (CITY, "主任"): "leader",
        (CITY, ""): "municipal",
        ("别处", "主任"): None,
        ("别处", ""): None,
    }
    PostRule.objects.filter(role="leader").update(is_active=False)
    assert rule_for(of(unit=CITY, post="主任")).role == "municipal"


def test_an_account_is_made_at_the_first_login_and_is_the_same_at_the_next(rules):
    user = arrive(of())
    assert (user.username, user.first_name, user.role, user.organisation.code) == (
        "zhangsan",
        "张三",
        "county",
        "330182-DRC",
    )
    assert (user.has_usable_password(), user.is_staff) == (False, False)
    assert arrive(of(username="zhang.san", name="张三丰")) == user
    user.refresh_from_db()
    assert (user.username, user.first_name, ExternalIdentity.objects.count()) == ("zhangsan", "张三丰", 1)
    assert AuditEntry.objects.get(action="create_by_directory").key == "zhangsan"


def test_another_post_is_another_role_at_the_next_login(rules):
    user = arrive(of())
    create_token(name="报数", organisation=user.organisation, by=user)
    register_endpoint(name="报数", url="https://hooks.example/", organisation=user.organisation, by=user)
    moved = arrive(of(unit=CITY))
    assert (moved.pk, moved.role, moved.organisation.code) == (user.pk, "municipal", "HZDRC")
    assert AccessToken.objects.in_force().filter(created_by=user).count() == 0
    assert Endpoint.objects.get().ended_why == "登记人张三在目录里调了职务"
    row = AuditEntry.objects.get(action="move_by_directory")
    assert (row.key, row.old["role"], row.new["role"], row.actor) == ("zhangsan", "county", "municipal", None)
    assert "开放：" in row.reason
    assert "收回：" in row.reason
    arrive(of(unit=CITY))
    assert AuditEntry.objects.filter(action="move_by_directory").count() == 1


def test_nobody_approves_what_he_submitted_before_the_directory_moved_him(rules):
    """The four eyes follow the person: the account is the same one."""
    user = arrive(of())
    area, year = SUBMITTED
    sheet = Submission.objects.get(area=area, round__year=year)
    sheet.transitions.filter(action="submit").update(by=user)
    arrive(of(unit=CITY))
    client, other = Client(), Client()
    client.force_login(User.objects.get(pk=user.pk))
    client.post(APPROVE, {})
    sheet.refresh_from_db()
    assert sheet.state == "submitted"
    other.force_login(arrive(of(subject="8", username="lisi", unit=CITY)))
    other.post(APPROVE, {})
    sheet.refresh_from_db()
    assert sheet.state == "approved"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "别处"}, "没有对应的单位和角色"),
        ({"username": "Admin"}, "已是另一个账号的"),
    ],
)
def test_who_is_not_known_is_told_why(rules, change, words):
    before = User.objects.count()
    with pytest.raises(NotTaken, match=words):
        arrive(of(**change))
    assert (User.objects.count(), ExternalIdentity.objects.count()) == (before, 0)


def test_who_is_known_no_more_and_who_is_switched_off_do_not_come_in(rules):
    user = arrive(of())
    with pytest.raises(NotTaken):
        arrive(of(unit="别处"))
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(NotTaken, match="已停用"):
        arrive(of())


def test_an_administrator_is_linked_by_hand_and_stays_one(rules, clients):
    admin = User.objects.get(username="admin")
    form = {"user": admin.pk, "provider": "ldap", "subject": "9"}
    assert clients["admin"].post("/admin/identity/externalidentity/add/", form).status_code == 302
    assert arrive(of(subject="9", username="boss", unit="别处")) == admin
    admin.refresh_from_db()
    assert (admin.role, admin.is_staff, admin.username) == ("administrator", True, "admin")
    form |= {"subject": "10"}  # the account has one identity at a provider already
    assert clients["admin"].post("/admin/identity/externalidentity/add/", form).status_code == 200


def test_rules_are_kept_by_administrators_and_make_none(clients):
    page = "/admin/identity/postrule/add/"
    unit = Organisation.objects.get(code="HZDRC")
    form = {"position": 1, "directory_unit": CITY, "directory_post": "", "is_active": "on"}
    assert clients["admin"].post(page, form | {"organisation": unit.pk, "role": "administrator"}).status_code == 200
    assert clients["admin"].post(page, form | {"organisation": unit.pk, "role": "county"}).status_code == 200
    assert clients["admin"].post(page, form | {"organisation": "", "role": "municipal"}).status_code == 200
    assert clients["admin"].post(page, form | {"organisation": unit.pk, "role": "municipal"}).status_code == 302
    assert AuditEntry.objects.filter(subject="identity.postrule", action="create").count() == 1
    User.objects.filter(username="municipal").update(is_staff=True)
    assert clients["municipal"].get(page).status_code == 403


# OpenID Connect -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oidc_provider():
    claims = {"preferred_username": "lisi", "name": "李四", "department": COUNTY, "post": ["科员", "党员"]}
    with oidc_server([claims | {"sub": "u-1"}, claims | {"sub": "u-2", "department": "别处"}]) as address:
        yield address


@pytest.fixture
def by_oidc(rules, settings, oidc_provider):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = oidc_provider, "monitor", "secret"


def sent_to_provider(client, sub, target="/plan/"):
    """The address by which the provider sends the browser back, once its login has been filled in."""
    there = client.get(OIDC, {"next": target})["Location"]
    answer = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=10)
    return answer.headers["Location"].replace("http://testserver", "")


def test_in_by_openid_connect(by_oidc):
    client = Client()
    assert "用统一身份认证登录" in client.get(LOGIN).content.decode()
    back = sent_to_provider(client, "u-1")
    assert client.get(back)["Location"] == "/plan/"
    assert client.get("/plan/").status_code == 200
    user = User.objects.get(username="lisi")
    assert (user.role, user.organisation.code, user.first_name) == ("county", "330182-DRC", "李四")
    assert AuditEntry.objects.get(action="login").actor == user
    assert Client().get(back)["Location"] == LOGIN  # another browser was not sent there
    assert "密码在那边改" in client.get("/accounts/password/").content.decode()


def test_who_has_no_post_here_is_told_so_after_openid_connect(by_oidc):
    client = Client()
    answer = client.get(sent_to_provider(client, "u-2"), follow=True)
    assert "没有对应的单位和角色" in answer.content.decode()
    assert AuditEntry.objects.filter(action="login_failed").count() == 1


def test_an_answer_that_was_not_asked_for_is_refused(by_oidc):
    client = Client()
    back = sent_to_provider(client, "u-1")
    altered = back.replace("state=", "state=x")
    for path in ("/accounts/oidc/back/", "/accounts/oidc/back/?code=x&state=y", altered):
        assert "不能用，请重新登录" in client.get(path, follow=True).content.decode()
    assert client.get("/plan/").status_code == 302


def test_an_answer_counts_once_and_in_the_browser_that_was_sent_alone(by_oidc):
    """A state used again, one of another browser's, and a code under a state of one's own."""
    client, other = Client(), Client()
    back = sent_to_provider(client, "u-1")
    sent_to_provider(other, "u-2")
    assert "不能用，请重新登录" in other.get(back, follow=True).content.decode()
    own_state = parse_qs(urlsplit(sent_to_provider(other, "u-2")).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    mixed = f"/accounts/oidc/back/?code={code}&state={own_state}"
    assert "不能用，请重新登录" in other.get(mixed, follow=True).content.decode()
    client = Client()
    back = sent_to_provider(client, "u-1")
    assert client.get(back)["Location"] == "/plan/"
    client.post("/accounts/logout/")
    assert "不能用，请重新登录" in client.get(back, follow=True).content.decode()
    assert client.get("/plan/").status_code == 302


def kept_of(session):
    """What is kept of the way to the provider."""
    [name] = [key for key in session.keys() if key.startswith("_state_oidc_")]  # noqa: SIM118  # a session is no dict
    return name, session[name]["data"]


def test_an_answer_that_was_made_for_another_question_is_refused(by_oidc):
    """The signed answer carries the word (nonce) that this browser's question had, whatever its code and state are."""
    client = Client()
    back = sent_to_provider(client, "u-1")
    session = client.session
    name, data = kept_of(session)
    session[name] = session[name] | {"data": data | {"nonce": "x" * len(data["nonce"])}}
    session.save()
    assert "不能用，请重新登录" in client.get(back, follow=True).content.decode()
    assert client.get("/plan/").status_code == 302


def test_a_code_is_good_with_the_proof_of_this_browser_s_question_alone(by_oidc):
    """PKCE (RFC 7636): the provider is told a digest, and gets what it is of together with the code."""
    client = Client()
    asked = parse_qs(urlsplit(client.get(OIDC)["Location"]).query)
    proof = kept_of(client.session)[1]["code_verifier"]
    digest = urlsafe_b64encode(sha256(proof.encode()).digest()).decode().rstrip("=")
    assert (asked["code_challenge_method"], asked["code_challenge"], len(proof) >= 43) == (["S256"], [digest], True)


def test_who_sets_out_again_and_again_fills_neither_session_nor_database(by_oidc, settings):
    client = Client()
    backs = [sent_to_provider(client, "u-1") for _ in range(8)]
    assert [client.get(back)["Location"] for back in (backs[0], backs[-1])] == [LOGIN, "/plan/"]
    client = Client()
    for _ in range(8):
        client.get(OIDC)
    assert len([key for key in client.session.keys() if key.startswith("_state_")]) == 5  # noqa: SIM118
    stranger = LoginSession.objects.get(pk=client.session.session_key)
    assert "identity.forget_ended_sessions" in {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    forget_ended_sessions()
    assert LoginSession.objects.filter(pk=stranger.pk).exists()
    LoginSession.objects.filter(pk=stranger.pk).update(expire_date=timezone.now() - timedelta(seconds=1))
    others = LoginSession.objects.exclude(pk=stranger.pk).count()
    forget_ended_sessions()
    assert (LoginSession.objects.filter(pk=stranger.pk).exists(), LoginSession.objects.count()) == (False, others)


def test_a_second_factor_is_asked_for_after_the_provider_too(by_oidc):
    client = Client()
    client.get(sent_to_provider(client, "u-1"))
    user = User.objects.get(username="lisi")
    user.passkeys.create(name="钥匙", credential_id="x", credential="x", created_at=user.date_joined)
    client = Client()
    assert client.get(sent_to_provider(client, "u-1"))["Location"] == "/accounts/second/"
    assert client.get("/plan/").status_code == 302


def test_a_provider_that_does_not_answer_is_told_of(rules, settings):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://127.0.0.1:9", "monitor"
    assert "现在连不上" in Client().get(OIDC, follow=True).content.decode()


# CAS ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cas_pages():
    with cas_server() as server:
        yield server


@pytest.fixture
def by_cas(rules, settings, cas_pages):
    settings.CAS_URL = cas_pages.address
    cas_pages.person, cas_pages.attributes = "wangwu", {"name": "王五", "department": CITY, "post": ["科员", "主任"]}
    return cas_pages


def sent_to_cas(client):
    answer = requests.get(client.get(CAS, {"next": "/plan/"})["Location"], allow_redirects=False, timeout=10)
    return answer.headers["Location"].replace("http://testserver", "")


def test_in_by_cas(by_cas):
    client = Client()
    back = sent_to_cas(client)
    assert client.get(back)["Location"] == "/plan/"
    user = User.objects.get(username="wangwu")
    assert (user.role, user.first_name, client.get("/plan/").status_code) == ("leader", "王五", 200)
    used = back.partition("ticket=")[2]
    again = sent_to_cas(client).partition("ticket=")[0] + f"ticket={used}"
    assert "票据无效或已用过" in client.get(again, follow=True).content.decode()


def test_a_ticket_that_another_browser_brings_opens_nothing(by_cas):
    back = sent_to_cas(Client())
    stranger = Client()
    assert stranger.get(back)["Location"].startswith(by_cas.address)
    assert stranger.get("/plan/").status_code == 302


def test_a_ticket_of_somebody_else_s_is_good_in_no_other_browser(by_cas):
    """Also in one that was sent there: otherwise a link makes it work under the name of whoever wrote the link."""
    written = sent_to_cas(Client())  # by somebody who keeps his own ticket unused
    ticket = written.partition("ticket=")[2]
    for back in (written, f"{CAS}?ticket={ticket}", f"{CAS}?state=&ticket={ticket}"):
        led = Client()
        led.get(CAS)
        assert led.get(back)["Location"].startswith(by_cas.address)
        assert led.get("/plan/").status_code == 302
    led = Client()
    own = led.get(CAS)["Location"].partition("state%3D")[2]
    assert "票据无效或已用过" in led.get(f"{CAS}?state={own}&ticket={ticket}", follow=True).content.decode()


def test_a_cas_server_that_does_not_answer_is_told_of(by_cas, settings):
    client = Client()
    back = sent_to_cas(client)
    settings.CAS_URL = "http://127.0.0.1:9/cas"
    assert "现在连不上" in client.get(back, follow=True).content.decode()


def test_what_is_not_switched_on_is_not_there(demo):
    assert [Client().get(path).status_code for path in (OIDC, f"{OIDC}back/", CAS)] == [404] * 3
    assert "统一身份认证" not in Client().get(LOGIN).content.decode()


# LDAP ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    if SLAPD is None:
        pytest.skip("no slapd on this machine: apt-get install slapd ldap-utils")
    with directory(tmp_path_factory.mktemp("slapd")) as found:
        found.put("zhaoliu", name="赵六", unit=COUNTY)
        found.put("admin", name="假管理员", unit=CITY)
        found.put("stranger", name="外人", unit="别处")
        yield found


@pytest.fixture
def by_ldap(rules, settings, slapd):
    for name, value in slapd.settings.items():
        setattr(settings, name, value)
    return slapd


def typed(username, password):
    client = Client()
    return client, client.post(LOGIN, {"username": username, "password": password, "next": "/plan/"})


def test_in_by_ldap_over_starttls(by_ldap):
    client, answer = typed("zhaoliu", "in the directory")
    assert (answer["Location"], client.get("/plan/").status_code) == ("/plan/", 200)
    user = User.objects.get(username="zhaoliu")
    assert (user.role, user.first_name, user.organisation.code) == ("county", "赵六", "330182-DRC")
    assert len(ExternalIdentity.objects.get(user=user).subject) == 36  # entryUUID, which outlives a rename


def test_who_changes_post_in_ldap_changes_it_here_at_the_next_login(by_ldap):
    typed("zhaoliu", "in the directory")
    by_ldap.move("zhaoliu", unit=CITY, post="科员")
    try:
        typed("zhaoliu", "in the directory")
        assert User.objects.get(username="zhaoliu").role == "municipal"
    finally:
        by_ldap.move("zhaoliu", unit=COUNTY, post="科员")


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("zhaoliu", "wrong", "用户名或密码不对"),
        ("zhaoliu)(uid=*", "in the directory", "用户名或密码不对"),
        ("zhao*", "in the directory", "用户名或密码不对"),
        ("nobody", "in the directory", "用户名或密码不对"),
        ("stranger", "in the directory", "没有对应的单位和角色"),
        ("admin", "in the directory", "已是另一个账号的"),
    ],
)
def test_who_is_not_let_in_by_ldap(by_ldap, username, password, words):
    client, answer = typed(username, password)
    assert (words in answer.content.decode(), client.get("/plan/").status_code) == (True, 302)


def test_an_empty_password_is_no_password(by_ldap):
    """This directory takes a name without a password for nobody, and says that all is well."""
    from identity.directory import arrived  # noqa: PLC0415

    assert arrived("zhaoliu", "") is None


def test_local_accounts_come_in_beside_the_directory_and_without_it(by_ldap, settings):
    assert typed("stats", "demo")[1]["Location"] == "/plan/"
    settings.LDAP_URL = "ldap://localhost:9"
    assert typed("stats", "demo")[1]["Location"] == "/plan/"
    assert "现在连不上" in typed("zhaoliu", "in the directory")[1].content.decode()


def test_a_directory_of_another_name_gets_no_password(by_ldap, settings):
    settings.LDAP_CA_FILE = ""
    assert "现在连不上" in typed("zhaoliu", "in the directory")[1].content.decode()
    settings.LDAP_CA_FILE = by_ldap.settings["LDAP_CA_FILE"]
    settings.LDAP_URL = by_ldap.settings["LDAP_URL"].replace("localhost", "127.0.0.1")
    assert "现在连不上" in typed("zhaoliu", "in the directory")[1].content.decode()


def test_a_directory_that_refuses_the_site_s_own_account_is_not_asked_as_nobody(by_ldap, settings):
    settings.LDAP_BIND_PASSWORD = "of last year"
    client, answer = typed("zhaoliu", "in the directory")
    assert ("现在连不上" in answer.content.decode(), client.get("/plan/").status_code) == (True, 302)


def test_in_by_ldaps(by_ldap, settings):
    """TLS from the start, whatever LDAP_START_TLS says."""
    settings.LDAP_URL = by_ldap.secure_address
    client, answer = typed("zhaoliu", "in the directory")
    assert (answer["Location"], client.get("/plan/").status_code) == ("/plan/", 200)


@pytest.mark.parametrize("door", ["ldaps", "StartTLS"])
def test_a_certificate_of_another_authority_or_host_gets_no_password(by_ldap, settings, tmp_path, door, caplog):
    own = by_ldap.secure_address if door == "ldaps" else by_ldap.settings["LDAP_URL"]
    certificate(tmp_path)  # of the same name, by another key
    for address, authority in (
        (own, ""),
        (own, str(tmp_path / "server.pem")),
        (own.replace("localhost", "127.0.0.1"), by_ldap.settings["LDAP_CA_FILE"]),
    ):
        settings.LDAP_URL, settings.LDAP_CA_FILE = address, authority
        caplog.clear()
        assert "现在连不上" in typed("zhaoliu", "in the directory")[1].content.decode()
        assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


def test_guesses_at_the_directory_s_passwords_are_counted_too(by_ldap):
    for number in range(5):
        client, answer = typed("zhaoliu", f"guess {number}")
    assert answer.status_code == 429
    assert typed("zhaoliu", "in the directory")[1].status_code == 429


def test_a_name_in_other_letters_has_no_guesses_of_its_own(by_ldap):
    """slapd takes each of these for zhaoliu: sixteen guesses where there are five."""
    for number, name in enumerate(("ZHAOLIU", "Zhaoliu", "zHAOLIU", "zhaoLIU", "ZhaoLiu")):
        answer = typed(name, f"guess {number}")[1]
    assert answer.status_code == 429
    assert typed("zhaoliu", "in the directory")[1].status_code == 429
    unlock_logins(users=[User(username="ZhaoLiu")], by=User.objects.get(username="admin"))
    assert typed("ZHAOLIU", "in the directory")[1]["Location"] == "/plan/"


def test_a_name_with_blanks_is_another_name(by_ldap):
    by_ldap.put("li  si", name="李四", unit=COUNTY)
    assert typed("li si", "in the directory")[1].status_code == 200
    assert typed("li  si", "in the directory")[1]["Location"] == "/plan/"


class Meddler:
    """Between the site and its directory: adds, to the answer to StartTLS, the beginning of an answer that says that a
    password is right; the first bytes of the directory's own answer under TLS would end it."""

    def __init__(self, port: int):
        self.port, self.opened = port, ExitStack()
        self.listener = self.opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.threads = [Thread(target=self._serve)]

    def __enter__(self) -> str:
        self.threads[0].start()
        return f"ldap://localhost:{self.listener.getsockname()[1]}"

    def __exit__(self, *_exc):
        for thread in self.threads:
            thread.join()
        self.opened.close()

    def _serve(self):
        for turn in range(2):  # one connection looks the person up, the next one tries the password
            caller = self.opened.enter_context(self.listener.accept()[0])
            there = self.opened.enter_context(socket.create_connection(("127.0.0.1", self.port)))
            there.sendall(caller.recv(65536))
            answer = there.recv(65536)
            taken = b"\x02\x01\x02a\x15\x0a\x01\x00\x04\x00\x04\x0e"  # bind 2 succeeds, with words of 14 bytes
            caller.sendall(answer + (b"\x30\x1a" + taken if turn else b""))
            for pair in ((caller, there), (there, caller)):
                self.threads.append(Thread(target=self._carry, args=pair))
                self.threads[-1].start()

    @staticmethod
    def _carry(one, other):
        with suppress(OSError):
            while piece := one.recv(65536):
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)


def test_what_is_said_before_tls_counts_for_nothing_under_it(by_ldap, settings):
    with Meddler(by_ldap.port) as settings.LDAP_URL:
        client, answer = typed("zhaoliu", "wrong")
    assert ("用户名或密码不对" in answer.content.decode(), client.get("/plan/").status_code) == (True, 302)


# Without local passwords --------------------------------------------------------------------------


def test_only_the_sealed_administrator_s_password_is_left(rules, settings, caplog):
    settings.LOCAL_PASSWORDS, settings.SEALED_ADMINISTRATOR, settings.OIDC_ISSUER = False, "admin", "http://x"
    assert typed("stats", "demo")[1].status_code == 200
    assert typed("municipal", "demo")[1].status_code == 200
    client, answer = typed("admin", "demo")
    assert (answer["Location"], client.get("/plan/").status_code) == ("/plan/", 200)
    assert [record.message for record in caplog.records if "sealed administrator admin" in record.message] != []
    assert "封存的应急账号" in Client().get(LOGIN).content.decode()


NONE = dict.fromkeys(["OIDC_ISSUER", "OIDC_CLIENT_ID", "CAS_URL", "LDAP_URL", "LDAP_BASE", "SEALED_ADMINISTRATOR"], "")
NONE |= dict.fromkeys(["SESSIONS_AT_ONCE", "PASSWORD_DAYS", "PASSWORD_HISTORY", "ASK_AGAIN_MINUTES"], 0)
NONE |= {
    "ADMINISTRATORS": "one",
    "SECOND_FACTOR_ROLES": [],
    "LOCAL_PASSWORDS": True,
    "LDAP_START_TLS": True,
    "LDAP_PLAIN": False,
    "SIGN_ON_PLAIN": False,
}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, []),
        ({"SECOND_FACTOR_ROLES": ["admin"]}, ["'admin'"]),
        ({"ADMINISTRATORS": "two"}, ["one, or three"]),
        ({"PASSWORD_HISTORY": 25}, ["0 to 24"]),
        ({"SESSIONS_AT_ONCE": -1}, ["0 or more"]),
        ({"LOCAL_PASSWORDS": False}, ["nobody would get in", "SEALED_ADMINISTRATOR"]),
        ({"LOCAL_PASSWORDS": False, "CAS_URL": "https://x", "SEALED_ADMINISTRATOR": "a"}, []),
        ({"OIDC_ISSUER": "https://x"}, ["OIDC_CLIENT_ID"]),
        ({"OIDC_ISSUER": "http://x", "OIDC_CLIENT_ID": "x", "CAS_URL": "http://x"}, ["OIDC_ISSUER and CAS_URL begins"]),
        ({"CAS_URL": "HTTP://x"}, ["CAS_URL begins"]),
        ({"CAS_URL": "http://x", "SIGN_ON_PLAIN": True}, []),
        ({"CAS_URL": "http://localhost:8000/cas"}, []),
        ({"LDAP_URL": "x", "LDAP_BASE": "x"}, ["begins with"]),
        ({"LDAP_URL": "ldap://x"}, ["LDAP_BASE"]),
        ({"LDAP_URL": "ldap://x", "LDAP_BASE": "x", "LDAP_START_TLS": False}, ["travel readable"]),
        ({"LDAP_URL": "ldap://x", "LDAP_BASE": "x", "LDAP_START_TLS": False, "LDAP_PLAIN": True}, []),
    ],
)
def test_settings_that_contradict_one_another_are_refused_in_words(given, words):
    faults = ways_in.faults_of(NONE | given)
    assert [word in fault for word, fault in zip(words, faults, strict=True)] == [True] * len(words)
