"""The ways in as a person meets them: a telephone's codes, a passkey, the office's own single sign-on and its
directory, each with a real server of its kind."""

import subprocess
import sys
import time
from contextlib import ExitStack

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow, picture
from tests.identity.providers import SLAPD, cas_server, directory, oidc_server
from tests.servers import ROOT, copy_site, site_environment
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
UNIT = "建德市发展和改革局"
RULE = f"""
from accounts.models import Organisation
from identity.models import PostRule
unit = Organisation.objects.get(code="330182-DRC")
PostRule.objects.create(directory_unit="{UNIT}", organisation=unit, role="county")
"""


@pytest.fixture(scope="module")
def environment(prepared_site, tmp_path_factory):
    """A site that all three kinds of provider are switched on for, each with one person."""
    folder = tmp_path_factory.mktemp("site")
    copy_site(prepared_site, folder)
    with ExitStack() as servers:
        claims = {"sub": "u-1", "preferred_username": "lisi", "name": "李四", "department": UNIT}
        oidc = servers.enter_context(oidc_server([claims]))
        cas = servers.enter_context(cas_server())
        cas.person, cas.attributes = "wangwu", {"name": "王五", "department": UNIT}
        more = {"OIDC_ISSUER": oidc, "OIDC_CLIENT_ID": "monitor", "OIDC_CLIENT_SECRET": "x", "CAS_URL": cas.address}
        if SLAPD:
            slapd = servers.enter_context(directory(tmp_path_factory.mktemp("slapd")))
            slapd.put("zhaoliu", name="赵六", unit=UNIT)
            more |= slapd.settings
        made = site_environment(folder) | more | {"ASK_AGAIN_MINUTES": "15"}
        subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", RULE], cwd=ROOT, env=made, check=True)
        yield made


@pytest.fixture(scope="module")
def door(site):
    """By a name: passkeys take no bare address."""
    return site.replace("127.0.0.1", "localhost")


@pytest.fixture
def tab(browser):
    context = browser.new_context(locale="zh-CN")
    yield context.new_page()
    context.close()


def fill_in(tab, door, username, password="demo"):
    tab.goto(f"{door}/accounts/login/")
    tab.fill("[name=username]", username)
    tab.fill("[name=password]", password)
    follow(tab, "[name=password]", "Enter")


def log_out(tab):
    tab.evaluate("document.querySelector('form[action$=\"/logout/\"]').submit()")
    tab.wait_for_url("**/accounts/login/**")


def who(tab):
    return tab.locator("details.menu.user div span").first.text_content()


def test_in_by_the_codes_of_a_telephone(tab, door):
    fill_in(tab, door, "stats")
    tab.goto(f"{door}/accounts/factors/")
    follow(tab, tab.get_by_role("button", name="启用动态口令"))
    tab.wait_for_function("document.querySelector('main img')?.naturalWidth > 100")  # it was drawn
    picture(tab, "totp")
    totp = pyotp.TOTP(tab.locator("code.secret").inner_text().replace(" ", ""))
    tab.fill("[name=code]", totp.now())
    follow(tab, tab.get_by_role("button", name="启用", exact=True))
    expect(tab.locator("code.secret")).to_have_count(10)
    codes = tab.locator("code.secret").all_inner_texts()
    picture(tab, "recovery-codes")
    log_out(tab)
    fill_in(tab, door, "stats")
    tab.fill("[name=code]", totp.at(time.time(), counter_offset=1))  # each is taken once
    picture(tab, "second-factor")
    tab.press("[name=code]", "Enter")
    tab.wait_for_url(f"{door}/")
    log_out(tab)
    fill_in(tab, door, "stats")
    tab.fill("[name=code]", "000000")
    follow(tab, "[name=code]", "Enter")
    expect(tab.get_by_role("alert")).to_contain_text("动态口令不对")
    tab.fill("[name=code]", codes[0])
    tab.press("[name=code]", "Enter")
    tab.wait_for_url(f"{door}/")


def authenticator(tab):
    """Chromium's own virtual key: says yes at once."""
    devtools = tab.context.new_cdp_session(tab)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_in_by_a_passkey(tab, door):
    devtools, key = authenticator(tab)
    fill_in(tab, door, "finance")
    tab.goto(f"{door}/accounts/factors/")
    tab.fill("[name=name]", "办公室电脑")
    tab.get_by_role("button", name="登记通行密钥").click()
    expect(tab.get_by_text("通行密钥已登记")).to_be_visible()
    expect(tab.locator("code.secret")).to_have_count(10)
    picture(tab, "passkey")
    log_out(tab)
    fill_in(tab, door, "finance")
    tab.get_by_role("button", name="用通行密钥").click()
    tab.wait_for_url(f"{door}/")
    log_out(tab)
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    authenticator(tab)  # another key, which the account does not know
    fill_in(tab, door, "finance")
    tab.get_by_role("button", name="用通行密钥").click()
    expect(tab.get_by_text("浏览器没有得到通行密钥的答复")).to_be_visible()
    assert tab.url == f"{door}/accounts/second/"


def test_a_passkey_answers_the_question_before_a_step_that_matters(tab, door, environment):
    authenticator(tab)
    fill_in(tab, door, "municipal")
    tab.goto(f"{door}/accounts/factors/")
    tab.fill("[name=name]", "钥匙")
    tab.get_by_role("button", name="登记通行密钥").click()
    expect(tab.get_by_text("通行密钥已登记")).to_be_visible()
    old = "from identity.models import *; from identity.sessions import *\n"
    old += "for row in LoginSession.objects.all():\n    store = SessionStore(row.session_key)\n"
    old += "    store['proved_at'] = 0\n    store.save()\n"
    subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", old], cwd=ROOT, env=environment, check=True)
    tab.goto(f"{door}/accounts/tokens/")
    tab.fill("[name=name]", "每日取数")
    follow(tab, tab.get_by_role("button", name="生成", exact=True))
    expect(tab.get_by_text("刚才填的内容还在")).to_be_visible()
    picture(tab, "ask-again")
    tab.get_by_role("button", name="用通行密钥").click()
    expect(tab.get_by_text("“每日取数”已生成")).to_be_visible()


def test_in_by_openid_connect(tab, door):
    tab.goto(f"{door}/accounts/login/?next=/plan/")
    picture(tab, "login")
    follow(tab, tab.get_by_role("link", name="用统一身份认证登录"))
    tab.fill("[name=sub]", "u-1")
    tab.press("[name=sub]", "Enter")
    tab.wait_for_url(f"{door}/plan/")
    assert who(tab) == "lisi · 县级发改局"


def test_in_by_cas(tab, door):
    tab.goto(f"{door}/accounts/login/?next=/plan/")
    tab.get_by_role("link", name="用统一身份认证（CAS）登录").click()
    tab.wait_for_url(f"{door}/plan/")
    assert who(tab) == "wangwu · 县级发改局"


@pytest.mark.skipif(SLAPD is None, reason="no slapd on this machine: apt-get install slapd ldap-utils")
def test_in_by_the_directory(tab, door):
    fill_in(tab, door, "zhaoliu", "not in the directory")
    expect(tab.get_by_role("alert")).to_contain_text("用户名或密码不对")
    fill_in(tab, door, "zhaoliu", "in the directory")
    tab.wait_for_url(f"{door}/")
    assert who(tab) == "zhaoliu · 县级发改局"
    tab.goto(f"{door}/accounts/sessions/")
    picture(tab, "sessions")
