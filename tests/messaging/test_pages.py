"""The pages: what is typed is kept or refused in words, a secret is shown once, nobody reaches what is another's."""

import re

import pytest

from accounts.models import User
from journal.models import AuditEntry
from messaging.models import Delivery, Endpoint, Preference, Threshold

SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")
WANTED = {"rhythm": "daily", "by_mail": "on", "quiet_from": "22:00", "quiet_until": "07:00", "areas": ["330127"]}


def text(answer):
    return answer.content.decode()


def test_preferences_are_kept_and_shown_again(clients):
    client = clients["leader"]
    assert client.post("/messages/", WANTED | {"indicators": ["P01", "P02"]}).status_code == 302
    kept = Preference.objects.get(user__username="leader")
    assert (kept.rhythm, kept.areas, kept.indicators) == ("daily", ["330127"], ["P01", "P02"])
    assert (str(kept.quiet_from), str(kept.quiet_until)) == ("22:00:00", "07:00:00")
    page = text(client.get("/messages/"))
    assert '<option value="daily" selected>' in page
    assert AuditEntry.objects.filter(action="save_preference").count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quiet_until": ""}, "两头要么都填"),
        ({"by_work_notice": "on"}, "请填用户编号"),
        ({"rhythm": "never"}, "never"),
        ({"areas": ["999999"]}, "999999"),
    ],
)
def test_wrong_preferences_are_refused_and_stay_typed(clients, wrong, words):
    answer = clients["leader"].post("/messages/", WANTED | wrong)
    assert (answer.status_code, words in text(answer), Preference.objects.count()) == (400, True, 0)


def test_a_line_is_drawn_seen_and_removed_by_its_owner_alone(clients):
    typed = {"subject": "indicator", "area": "330127", "indicator": "P02", "side": "below", "limit": "99"}
    client = clients["leader"]
    assert client.post("/messages/thresholds/", typed).status_code == 302
    line = Threshold.objects.get()
    assert "▼ 已越过" in text(client.get("/messages/"))
    assert "▼ 已越过" not in text(clients["municipal"].get("/messages/"))
    address = f"/messages/thresholds/{line.pk}/drop/"
    assert clients["municipal"].post(address).status_code == 404
    assert (client.post(address).status_code, Threshold.objects.count()) == (302, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"indicator": ""}, "请选择或填写"),
        ({"limit": "许多"}, "许多"),
        ({"limit": "1e12"}, "1e12"),
        ({"subject": "project", "project": "PRJ-9999"}, "没有编号为PRJ-9999的项目"),
    ],
)
def test_a_wrong_line_is_refused_and_stays_typed(clients, wrong, words):
    typed = {"subject": "indicator", "area": "330127", "indicator": "P02", "side": "below", "limit": "99"}
    answer = clients["leader"].post("/messages/thresholds/", typed | wrong)
    assert (answer.status_code, words in text(answer), Threshold.objects.count()) == (400, True, 0)


def test_a_secret_is_shown_once(clients):
    client = clients["stats"]
    typed = {"name": "平台", "url": "https://hooks.example.org/x", "wants_changes": "on"}
    typed["organisation"] = User.objects.get(username="stats").organisation_id
    made = SECRET.search(text(client.post("/webhooks/", typed)))
    endpoint = Endpoint.objects.get()
    address = f"/webhooks/{endpoint.uid}/"
    assert made
    assert not any(SECRET.search(text(client.get(page))) for page in ("/webhooks/", address))
    renewed = SECRET.search(text(client.post(f"{address}renew/")))
    assert renewed
    assert renewed[0] != made[0]
    for other in ("municipal", "finance", "leader", "chunan"):
        assert clients[other].get(address).status_code == 404
        assert clients[other].post(f"{address}end/", {"reason": "x"}).status_code == 404
    assert client.post(f"{address}replay/", {"after": "0"}).status_code == 302
    assert client.post(f"{address}end/", {"reason": "下线"}).status_code == 302
    assert [Endpoint.objects.get().cursor, Endpoint.objects.get().ended_why] == [0, "下线"]


def test_an_address_at_home_is_refused_in_words_and_stays_typed(clients):
    typed = {"name": "平台", "url": "https://127.0.0.1/x", "wants_changes": "on"}
    typed["organisation"] = User.objects.get(username="stats").organisation_id
    answer = clients["stats"].post("/webhooks/", typed)
    assert "接收地址不能用：这个地址不在许可发送的范围内" in text(answer)
    assert 'value="https://127.0.0.1/x"' in text(answer)
    assert Endpoint.objects.count() == 0


def test_a_dead_letter_is_seen_sent_again_or_put_away(clients, objects):
    dead = Delivery.objects.get(endpoint__uid=objects["webhook"])
    page = text(clients["municipal"].get("/messages/log/"))
    assert "有1条消息没有送达" in page
    assert "住建系统" in page
    step = f"/messages/log/{dead.pk}"
    assert clients["tonglu"].post(f"{step}/resend/").status_code == 404
    assert clients["municipal"].post(f"{step}/burn/").status_code == 404
    assert clients["chunan-housing"].post(f"{step}/resend/").url == "/webhooks/"
    assert Delivery.objects.get(pk=dead.pk).state == "waiting"
    Delivery.objects.filter(pk=dead.pk).update(state="dead", error="x")
    clients["municipal"].post(f"{step}/drop/")
    assert Delivery.objects.get(pk=dead.pk).state == "withdrawn"


def test_no_key_of_a_robot_is_on_the_page(clients, settings):
    settings.WECOM_ROBOTS, settings.DINGTALK_ROBOTS = {"*": "wecom-key"}, {"HZDRC": "token:SECabc"}
    page = text(clients["admin"].get("/messages/log/"))
    assert "企业微信群机器人 · 其余单位" in page
    assert [key for key in ("wecom-key", "token", "SECabc") if f'"{key}"' in page or f">{key}" in page] == []
    assert "SECabc" not in page
    assert clients["admin"].post("/messages/log/test/", {"channel": "wecom", "robot": "x"}).status_code == 404


def test_a_test_without_a_channel_says_what_is_lacking(clients):
    answer = clients["leader"].post("/messages/test/", {"channel": "mail"}, follow=True)
    assert "本站没有配置" in text(answer)
    assert clients["leader"].post("/messages/test/", {"channel": "pigeon"}).status_code == 404
