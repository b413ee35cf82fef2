"""The page of what is found, and the lines below the box."""

import time

import pytest
from django.urls import reverse

from accounts.models import User
from find.entries import entries
from find.search import Question, hits
from matters.models import Matter
from projects.actions import edit_project
from projects.models import Project


def reader(username: str) -> User:
    return User.objects.get(username=username)


def page(client, text: str) -> str:
    answer = client.get(reverse("find"), {"q": text})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_code_leads_to_its_page(clients):
    answer = clients["leader"].get(reverse("find"), {"q": "p02"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("indicator", args=["P02"]))


def test_county_indicator_and_year_lead_to_the_number(clients):
    shown = page(clients["leader"], "桐庐 三级 2024")
    assert shown.index('href="/cells/330122/P12/2024/"') < shown.index('href="/indicators/P12/"')


def test_without_a_year_the_number_is_of_the_year_that_pages_show(clients):
    assert 'href="/cells/330122/P12/2024/"' in page(clients["leader"], "桐庐 三级")


def test_nothing_found_says_what_was_understood(clients):
    shown = page(clients["leader"], "桐庐 2025 没有这样的东西")
    told = " ".join(shown.split())
    assert "没有找到。理解为：地区桐庐县, 年份2025, 文字“没有这样的东西”" in told


@pytest.mark.parametrize(
    ("username", "text", "is_found"),
    [
        ("leader", "审核", True),
        ("tonglu", "审核", False),
        ("stats", "调度", False),
        ("chunan-health", "调度", True),
        ("stats", "填报", False),
        ("municipal", "导入", True),
        ("tonglu", "导入", False),
    ],
)
def test_a_page_is_found_by_who_may_open_it(clients, username, text, is_found):
    pages = {"审核": "review", "调度": "dispatch", "填报": "worklist", "导入": "imports"}
    section = f'<a href="{reverse(pages[text])}">\n        \n        '
    assert (section in page(clients[username], text)) is is_found


def test_every_hit_of_a_page_opens(clients, demo):
    client = clients["municipal"]
    by_kind = {}
    for entry in entries(reader("municipal")):
        by_kind.setdefault(entry.kind, []).append(entry.href)
    assert {"page", "indicator", "county", "commitment", "project", "task", "matter", "money", "plan"} == set(by_kind)
    addresses = by_kind.pop("page") + [found[0] for found in by_kind.values()]
    assert {client.get(href.partition("#")[0]).status_code for href in addresses} == {200}


def test_a_new_name_is_found_at_once(clients, demo):
    client = clients["municipal"]
    assert "没有找到" in page(client, "翡翠谷")
    edit_project(project=Project.objects.first(), by=reader("municipal"), values={"name": "翡翠谷供水"}, reason="更名")
    assert "翡翠谷供水" in page(client, "翡翠谷")


def test_a_matter_is_found_by_whom_it_concerns_alone(clients, demo):
    matter = Matter.objects.filter(owner__area="330127").first()
    hit = f'href="{reverse("matter", args=[matter.code])}"'
    assert hit in page(clients["leader"], matter.title)
    assert hit not in page(clients["tonglu"], matter.title)


def test_an_unknown_question_is_refused_in_words(clients):
    assert clients["leader"].get(reverse("find"), {"x": "1"}).status_code == 404


def test_ten_thousand_projects_are_searched_within_fifty_milliseconds(demo):
    first = Project.objects.first()
    same = {"field": first.field, "main_area": first.main_area}
    names = [f"第{number}号污水管网改造工程" for number in range(10_000)]
    rows = [Project(code=f"PRJ-{10_000 + place}", name=name, **same) for place, name in enumerate(names)]
    Project.objects.bulk_create(rows)
    known = entries(reader("leader"))
    question = Question((), (), ("gw", "工程"))
    seconds = min(timed(lambda: hits(question, known, 60)) for _ in range(3))
    assert seconds < 0.05, f"{seconds * 1000:.0f} ms"


def timed(run) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun
