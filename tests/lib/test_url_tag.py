"""`{% url %}` gives what Django's own gives, of addresses that are made once."""

import pytest
from django.template import Context, Engine
from django.urls import NoReverseMatch, reverse

from lib.web.addresses import address_of

DJANGO = Engine()
OURS = Engine(builtins=["lib.web.url_tag"])
FORMS = [
    "{% url 'overview' %}",
    "{% url 'cell' area code 2024 %}",
    "{% url 'cell' area code year %}",
    "{% url 'cell' code=area indicator=code year=year %}",
    "{% url name area %}",
    "{% url 'county' area as here %}<{{ here }}>",
    "{% url 'nowhere' as here %}<{{ here }}>",
    "{% url 'admin:index' %}",
    "{% autoescape off %}{% url 'county' odd %}{% endautoescape %}",
    "{% url 'county' odd %}",
]
WORDS = {"area": "330122", "code": "P02", "year": 2024, "name": "county", "odd": "a&b 'c'"}


def rendered(engine: Engine, source: str) -> str:
    try:
        return engine.from_string(source).render(Context(WORDS))
    except NoReverseMatch as error:
        return str(error)


@pytest.mark.parametrize("source", FORMS)
def test_it_reads_as_django_s(source):
    assert rendered(OURS, source) == rendered(DJANGO, source)


def test_a_second_link_to_the_same_place_is_not_searched_for(monkeypatch):
    address_of.cache_clear()
    first = rendered(OURS, "{% url 'county' area %}")
    monkeypatch.setattr("lib.web.addresses.reverse", None)
    assert rendered(OURS, "{% url 'county' area %}") == first == reverse("county", args=["330122"])


def test_what_is_equal_and_reads_otherwise_has_its_own_address():
    assert address_of("cell", "330122", "P02", 1) != address_of("cell", "330122", "P02", 2)
    with pytest.raises(NoReverseMatch):
        address_of("county")
    with pytest.raises(NoReverseMatch):
        address_of("county")
