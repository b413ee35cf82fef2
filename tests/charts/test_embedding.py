"""A chart in another site's frame: whose, for which sites, official numbers alone, until somebody ends it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape

import pytest
from django.utils import timezone

from accounts.models import User
from charts import drawings, embed_views
from charts.embedding import end_embedding, open_embedding
from charts.models import Embedding
from journal.actions import stamp
from journal.models import AuditEntry
from lib.refusals import Refused

pytestmark = pytest.mark.django_db
CHART = "/charts/path/330127/P02.png?benchmark=standard"
SITE = "https://www.example.gov.cn"


@pytest.fixture
def city(demo):
    return User.objects.get(username="municipal")


@pytest.fixture
def embedding(city):
    return open_embedding(address=f"http://localhost{CHART}", hosts=[SITE, "https://b.example:8443/"], by=city)


def test_listed_sites_show_it_without_a_login(embedding, client):
    frame = client.get(f"/embed/{embedding.key}/")
    assert frame.status_code == 200
    policy = frame["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {SITE} https://b.example:8443")
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in frame
    assert f'src="/embed/{embedding.key}.svg"' in frame.content.decode()
    picture = client.get(f"/embed/{embedding.key}.svg")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    assert picture["Cache-Control"] == "public, max-age=300"
    assert not client.cookies


def test_every_other_page_stays_out_of_frames(embedding, clients):
    page = clients["municipal"].get("/embeds/")
    assert page["X-Frame-Options"] == "DENY"
    assert clients["leader"].get("/charts/path/330127/P02.svg")["X-Frame-Options"] == "DENY"


def test_it_is_the_picture_that_its_opener_sees(embedding, client, login):
    own = login("municipal").get("/charts/path/330127/P02.svg?benchmark=standard")
    assert client.get(f"/embed/{embedding.key}.svg").content == own.content


def test_it_is_drawn_once_for_many_readers(embedding, client, monkeypatch):
    first = client.get(f"/embed/{embedding.key}.svg").content

    def never(*_args):
        raise AssertionError("drawn again")

    monkeypatch.setattr(drawings, "drawn", never)
    assert client.get(f"/embed/{embedding.key}.svg").content == first


def test_it_is_drawn_anew_for_another_frame_site_language_day_and_state_of_the_data(
    city, embedding, client, monkeypatch, settings
):
    """Each of these stands in the picture."""
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    other = open_embedding(address="/charts/path/330122/P02.png", hosts=[SITE], by=city)
    drawn = []
    monkeypatch.setattr(embed_views, "_draw", lambda found, site: drawn.append((found.pk, site)) or b"<svg/>")
    address = f"/embed/{embedding.key}.svg"
    client.get(address)
    client.get(address)
    client.get(f"/embed/{other.key}.svg")
    client.get(address, headers={"host": "localhost"})
    assert drawn == [
        (embedding.pk, "http://testserver"),
        (other.pk, "http://testserver"),
        (embedding.pk, "http://localhost"),
    ]
    client.cookies["django_language"] = "en"
    client.get(address)
    assert len(drawn) == 4
    monkeypatch.setattr(timezone, "localdate", lambda *_args: date(2026, 3, 23))
    client.get(address)
    assert len(drawn) == 5
    stamp("indicators.observation")
    client.get(address)
    assert len(drawn) == 6


@pytest.mark.parametrize(
    ("own", "hosts", "site"),
    [
        ("", ["testserver:1", "testserver:2", "testserver", "testserver:80"], "http://testserver"),
        ("https://monitor.gov.cn", ["testserver:1", "a.example", "b.example"], "https://monitor.gov.cn"),
    ],
)
def test_whatever_host_a_stranger_names_it_is_drawn_once(embedding, client, settings, monkeypatch, own, hosts, site):
    """No login is asked for: with a port of his own for each request he held every thread of a process."""
    settings.SITE_ADDRESS, settings.ALLOWED_HOSTS = own, ["testserver", ".example"]
    drawn = []
    monkeypatch.setattr(embed_views, "_draw", lambda _found, where: drawn.append(where) or b"<svg/>")
    for host in hosts:
        assert client.get(f"/embed/{embedding.key}.svg", headers={"host": host}).status_code == 200
    assert drawn == [site]


def test_it_is_drawn_once_by_those_who_come_at_once(embedding, rf, monkeypatch):
    """Nobody of them is logged in, and each would hold a thread for as long as all drawings before take."""
    drawn = []

    def slowly(*_args):
        drawn.append(1)
        time.sleep(0.3)
        return b"<svg/>"

    monkeypatch.setattr(embed_views, "_draw", slowly)
    monkeypatch.setattr(embed_views, "_open", lambda _key: embedding)
    monkeypatch.setattr(embed_views, "data_version", lambda *_args: (("of", "this", "test"), None))
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(embed_views.embedded_picture, rf.get("/"), embedding.key) for _ in range(6)]
        assert [each.result().content for each in asked] == [b"<svg/>"] * 6
    assert len(drawn) == 1


@pytest.mark.parametrize(
    "query", ["layer=submitted", "layer=official&layer=submitted", "%6cayer=submitted", "layer=submitted&layer="]
)
def test_no_spelling_opens_numbers_that_are_not_approved(city, query):
    with pytest.raises(Refused):
        open_embedding(address=f"/charts/path/330127/P02.svg?{query}", hosts=[SITE], by=city)


@pytest.mark.parametrize(
    "host",
    ["https://a.cn; script-src *", "https://*", "*", "http://a.cn", "https://a.cn\tx", "'self'", "https://u:p@a.cn"],
)
def test_no_host_writes_into_the_policy(city, host):
    with pytest.raises(Refused):
        open_embedding(address=CHART, hosts=[host], by=city)


def test_ended_it_says_so_and_shows_nothing(embedding, city, client):
    end_embedding(embedding=embedding, reason="改版", by=city)
    frame = client.get(f"/embed/{embedding.key}/")
    assert frame.status_code == 410
    assert "这张图已不再对外开放。" in frame.content.decode()
    assert client.get(f"/embed/{embedding.key}.svg").status_code == 410


def test_it_ends_with_the_login_of_who_opened_it(embedding, city, client):
    User.objects.filter(pk=city.pk).update(is_active=False)
    assert client.get(f"/embed/{embedding.key}.svg").status_code == 410


def test_both_steps_are_in_the_audit_log(embedding, city):
    end_embedding(embedding=embedding, reason="改版", by=city)
    rows = AuditEntry.objects.filter(subject="embedding").order_by("pk").values_list("action", "actor_name", "reason")
    assert list(rows) == [("open_embedding", city.title, ""), ("end_embedding", city.title, "改版")]


@pytest.mark.parametrize(
    ("address", "hosts", "words"),
    [
        ("/charts/path/330127/P02.svg?layer=submitted", [SITE], "未审核的数不能开放给其他网站。"),
        ("/charts/path/330127/X9.svg", [SITE], "没有代码为 X9 的指标。"),
        ("/charts/none.svg", [SITE], "这个网址不是本平台的图。"),
        ("/accounts/tokens/", [SITE], "请粘贴一张图的网址"),
        ("https://evil.example/x", [SITE], "请粘贴一张图的网址"),
        (CHART, [], "网站写成 https://"),
        (CHART, ["http://a.example"], "看不懂的：http://a.example"),
        (CHART, ["https://a.example/page"], "看不懂的"),
        (CHART, ["https://*"], "看不懂的"),
        (CHART, ["https://a.example; script-src *"], "看不懂的"),
        (CHART, ["https://a.example"] * 11, "最多10个"),
    ],
)
def test_what_may_not_be_opened_is_refused_in_words(city, address, hosts, words):
    with pytest.raises(Refused, match=words.replace("?", "\\?").replace("*", "\\*")):
        open_embedding(address=address, hosts=hosts, by=city)
    assert not Embedding.objects.exists()


@pytest.mark.parametrize("who", ["leader", "tonglu", "chunan-health", "stats"])
def test_others_can_neither_open_nor_end(embedding, clients, who):
    user = User.objects.get(username=who)
    for step in (
        lambda: open_embedding(address=CHART, hosts=[SITE], by=user),
        lambda: end_embedding(embedding=embedding, reason="x", by=user),
    ):
        with pytest.raises(Refused, match="只有市里"):
            step()
    assert clients[who].get("/embeds/").status_code == 404
    assert clients[who].post(f"/embeds/{embedding.key}/end/", {"reason": "x"}).status_code == 404
    assert Embedding.objects.get().is_open


def test_the_page_opens_one_gives_its_code_and_keeps_what_was_typed_wrong(city, login):
    client = login("municipal")
    refused = client.post("/embeds/", {"address": CHART, "hosts": "www.example.gov.cn"})
    html = unescape(refused.content.decode())
    assert "看不懂的：www.example.gov.cn" in html
    assert f'value="{CHART}"' in html
    client.post("/embeds/", {"address": CHART, "hosts": SITE})
    found = Embedding.objects.get()
    html = unescape(client.get("/embeds/").content.decode())
    assert f'<iframe src="http://testserver/embed/{found.key}/"' in html
    client.post(f"/embeds/{found.key}/end/", {"reason": ""})
    assert Embedding.objects.get().is_open
    client.post(f"/embeds/{found.key}/end/", {"reason": "改版"})
    assert not Embedding.objects.get().is_open


def test_nobody_guesses_a_key(db, client):
    assert client.get("/embed/x/").status_code == 404
    assert client.get("/embed/x.svg").status_code == 404
