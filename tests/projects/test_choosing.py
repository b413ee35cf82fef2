"""A project is found by its code or by words of its name, with script and without."""

import pytest

from funding.models import Flow
from projects.models import Project


def test_words_of_the_name_or_the_code_offer_what_fits(clients):
    def offered(text):
        return clients["leader"].get("/projects/choices.json", {"q": text}).json()["choices"]

    assert offered("prj-0004 杭淳开") == ["PRJ-0004 杭淳开高速杭州段"]
    assert offered("杭州段 高速") == ["PRJ-0004 杭淳开高速杭州段"]
    assert all("污水" in words for words in offered("污水"))
    assert len(offered("PRJ")) == 12
    assert offered(" ") == offered("没有这样的") == []
    assert clients["leader"].get("/projects/choices.json?name=x").status_code == 404


FLOW = {
    "area": "330127",
    "year": "2025",
    "source": "F5",
    "state": "paid",
    "amount_wan": "10",
    "happened_on": "2025-05-06",
}


@pytest.fixture
def sent(clients):
    def send(project):
        return clients["municipal"].post("/funding/flows/new/", FLOW | {"source": "F1", "project": project})

    return send


def test_words_lead_to_the_one_project_that_they_fit(sent):
    assert sent("杭淳开 杭州段").status_code == 302
    assert Flow.objects.latest("id").project.code == "PRJ-0004"
    assert sent("PRJ-0004 杭淳开高速杭州段").status_code == 302


def test_of_several_one_is_to_be_named_and_what_was_typed_stays(sent):
    response = sent("污水")
    names = [f"{p.code} {p.name}" for p in Project.objects.filter(name__contains="污水").order_by("code")]
    assert len(names) > 1
    assert response.context["form"].errors["project"] == [
        f"符合的项目不止一个，请写明其中一个的编号：{'、'.join(names[:12])}。"
    ]
    text = response.content.decode()
    assert all(f'<option value="{words}">' in text for words in names[:12])
    assert 'value="污水"' in text


def test_of_none_it_is_said(sent):
    assert sent("没有这样的").context["form"].errors["project"] == [
        "没有找到“没有这样的”这个项目：请写编号，或名称中的几个字。"
    ]
