"""Light or dark and favourites: kept for the person, in this session and the next, for nobody else."""

import pytest
from django.test import Client

from identity.models import PersonalChoice
from identity.preferences import MOST


@pytest.mark.parametrize("appearance", ["light", "dark", "auto"])
def test_the_appearance_is_kept_for_the_person(clients, appearance):
    response = clients["leader"].post("/accounts/appearance/", {"appearance": appearance, "next": "/plan/"})
    assert response["Location"] == "/plan/"
    sign = f'data-appearance="{appearance}"'
    fresh = Client()
    assert fresh.post("/accounts/login/", {"username": "leader", "password": "demo"}).status_code == 302
    for client in (clients["leader"], fresh):
        assert sign in client.get("/plan/").content.decode()
    assert 'data-appearance="auto"' in clients["stats"].get("/plan/").content.decode()


def test_another_appearance_is_refused_in_words(clients):
    response = clients["leader"].post(
        "/accounts/appearance/", {"appearance": "pink", "next": "//evil.example/"}, follow=True
    )
    assert response.redirect_chain[0][0] == "/"
    assert "没有这种外观；可选：随系统、浅色、深色。" in response.content.decode()
    assert not PersonalChoice.objects.exists()


def test_a_kept_page_shows_the_mark_at_once(clients):
    client = clients["leader"]
    client.get("/indicators/P03/")  # after which the browser has the secret of its forms
    first = client.get("/indicators/P03/")
    again = client.get("/indicators/P03/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    client.post("/favourites/", {"path": "/indicators/P03/", "title": "<b>x</b>"})
    client.get("/plan/")  # where the message is shown
    marked = client.get("/indicators/P03/", headers={"If-None-Match": first["ETag"]})
    assert (marked.status_code, "取消收藏本页" in marked.content.decode()) == (200, True)
    assert "<b>x</b>" not in marked.content.decode()  # a known page has its own name
    assert "取消收藏本页" not in clients["stats"].get("/indicators/P03/").content.decode()


def test_a_second_mark_takes_it_away_and_they_are_bounded(clients):
    client = clients["leader"]
    for at in range(MOST + 5):
        client.post("/favourites/", {"path": f"/projects/?page={at}", "title": "x" * 200})
    kept = PersonalChoice.objects.get(user__username="leader").favourites
    assert [path for path, _title in kept] == [f"/projects/?page={at}" for at in range(5, MOST + 5)]
    assert {len(title) for _path, title in kept} == {80}
    client.post("/favourites/", {"path": "/projects/?page=9", "title": ""})
    assert len(PersonalChoice.objects.get(user__username="leader").favourites) == MOST - 1


def test_no_page_of_another_site_is_marked(clients):
    for path in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", ""):
        assert clients["leader"].post("/favourites/", {"path": path, "title": "x"})["Location"] == "/"
    row = PersonalChoice.objects.get(user__username="leader")
    assert {path for path, _title in row.favourites} <= {"/"}


def test_it_costs_no_query_of_its_own(clients, django_assert_max_num_queries):
    client = clients["leader"]
    client.get("/plan/")
    with django_assert_max_num_queries(100) as before:
        client.get("/plan/")
    client.post("/favourites/", {"path": "/plan/", "title": "x"})
    client.get("/plan/")
    with django_assert_max_num_queries(100) as after:
        client.get("/plan/")
    assert len(after) == len(before)
