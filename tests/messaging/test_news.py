"""What is new since the last look: in three lines on the overview, own to each reader, gone when it is seen."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, Observation
from indicators.recomputes.recompute import sweep_pending
from journal.models import Change
from messaging.feed import head
from messaging.models import LastLook, Message, Preference
from messaging.news import news_of
from messaging.outbox import fill_outbox
from reporting.models import Notice


@pytest.fixture
def seen(demo):
    """Everybody has seen everything."""
    now = timezone.now()
    for user in User.objects.all():
        LastLook.objects.create(user=user, number=head(), at=now)
    Message.objects.update(read_at=now)
    Notice.objects.update(read_at=now)


def words(username="leader"):
    found = news_of(User.objects.get(username=username), timezone.now())
    return [line.words for line in found.lines] if found else []


def revise(value, indicator="P02"):
    record_facts(
        Observation, [FactRow("330127", indicator, 2024, Decimal(value))], grounds=Grounds(by=None, via="import")
    )
    sweep_pending()


def test_nothing_new_is_no_lines(seen):
    assert words() == []


def test_what_turned_and_what_became_official(seen):
    before = Assessment.objects.get(area="330127", indicator="P02", year=2024)
    assert before.status == "behind"
    revise("100")
    turned, official = words()
    assert turned.startswith("1格状态有变：淳安县")
    assert turned.endswith("2024年：滞后 → 达标")
    assert official == "官方数据：数值修订1项"
    assert news_of(User.objects.get(username="leader"), timezone.now()).lines[0].href == "/cells/330127/P02/2024/"


def test_what_fell_behind_comes_before_what_is_met(seen):
    met = Assessment.objects.filter(area="330127", year=2024, status="met", value__gt=F("target")).first()
    revise("100")
    revise("0", met.indicator_id)
    turned = words()[0].partition("：")[2].split("；")
    assert [each.rpartition(" → ")[2] for each in turned] == ["滞后", "达标"]


def test_what_waits_for_me_is_mine(seen):
    user = User.objects.get(username="stats")
    Message.objects.create(cause="x", person=user, kind="threshold", title="x", words="x", at=timezone.now())
    assert words("stats") == ["等您的：您的提醒线有1次越过或回来"]
    assert words("finance") == []


def test_who_never_looked_sees_a_week(demo):
    long_ago = timezone.now() - timedelta(days=400)
    LastLook.objects.all().delete()
    revise("1")
    assert words()[-2].startswith("官方数据：")
    assert news_of(User.objects.get(username="leader"), long_ago).since < long_ago


def test_seen_is_gone_and_stays_gone_for_others_to_see(seen, login):
    client, other = login("leader"), login("stats")
    revise("100")
    page = client.get("/").content.decode()
    assert "1格状态有变" in page
    number = head()
    assert client.post("/messages/seen/", {"number": number}).status_code == 302
    assert "1格状态有变" not in client.get("/").content.decode()
    assert "1格状态有变" in other.get("/").content.decode()
    look = LastLook.objects.get(user__username="leader")
    client.post("/messages/seen/", {"number": 1})
    client.post("/messages/seen/", {"number": number + 100})
    look.refresh_from_db()
    assert look.number == number
    assert client.post("/messages/seen/", {"number": "x"}).status_code == 404


def test_a_browser_that_has_the_page_is_told_of_news(seen, login):
    """The page's tag moves with the reader's own look and messages."""
    client = login("stats")
    client.get("/")  # the secret of forms is given out
    tag = client.get("/")["ETag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304
    Message.objects.create(
        cause="x",
        person=User.objects.get(username="stats"),
        kind="threshold",
        title="x",
        words="x",
        at=timezone.now(),
    )
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200


def test_who_follows_official_figures_gets_one_message_of_what_came(seen, settings):
    settings.EMAIL_HOST = "mail.example.org"
    for name, more in {"leader": {}, "stats": {"indicators": ["P01"]}, "finance": {"areas": ["330127"]}}.items():
        user = User.objects.get(username=name)
        Preference.objects.create(user=user, follows_feed=True, **more)
    fill_outbox()
    assert not Message.objects.filter(is_demo=False).exists()
    revise("91")
    revise("92")
    for _run in range(2):
        fill_outbox()
    told = {message.person.username: message for message in Message.objects.filter(kind="changes")}
    assert sorted(told) == ["finance", "leader"]
    assert told["leader"].title == "官方数据有变动：数值修订2项"
    assert "淳安县 P02 2024" in told["leader"].words
    assert "→ 92（第" in told["leader"].words


def test_the_message_leads_to_the_version_that_it_speaks_of(seen, settings, login):
    """One change: to its version on the page of its number; several: to the newest of them in the list."""
    settings.EMAIL_HOST = "mail.example.org"
    Preference.objects.create(user=User.objects.get(username="leader"), follows_feed=True)
    fill_outbox()
    revise("91")
    fill_outbox()
    one = Message.objects.get(kind="changes")
    version = Observation.objects.as_of().get(area="330127", indicator="P02", year=2024).version
    assert one.href == f"/cells/330127/P02/2024/#observation-330127-2024-{version}"
    page, _, anchor = one.href.partition("#")
    assert f'id="{anchor}"' in login("leader").get(page).content.decode()
    revise("92")
    revise("93")
    fill_outbox()
    several = Message.objects.filter(kind="changes").latest("pk")
    page, _, anchor = several.href.partition("#")
    assert page == "/changes/"
    assert f'id="{anchor}"' in login("leader").get(page).content.decode()
    assert anchor == f"change-{Change.objects.filter(series='OBS').latest('number').number}"
