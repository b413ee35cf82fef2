"""The guide as a page: its contents lead to its parts, and the words of a forecast lead to what they mean."""

import re


def test_the_contents_lead_to_every_part(clients):
    body = clients["leader"].get("/help/").content.decode()
    contents, _, text = body.partition('<article class="card guide"')
    linked = re.findall(r'href="#([^"]+)"', contents.partition("contents")[2])
    assert linked == re.findall(r'<h2 id="([^"]+)"', text)
    assert len(linked) > 15


def test_the_words_of_a_forecast_lead_to_what_they_mean(clients):
    cell = clients["leader"].get("/cells/330127/P02/2024/").content.decode()
    assert 'href="/help/#likelihood"' in cell
    guide = clients["leader"].get("/help/").content.decode()
    assert re.search(r'id="likelihood".*?可能', guide, re.DOTALL)
    assert "/help/" in clients["leader"].get("/find/?q=可能性").content.decode().partition("<main")[2]


def test_an_indicator_leads_to_its_own_comparison(clients):
    page = clients["leader"].get("/indicators/P07/").content.decode()
    assert 'href="/explore/?indicator=P07"' in page
    drawn = clients["leader"].get("/explore/?indicator=P07").content.decode()
    assert re.search(r'value="P07"[^>]*checked', drawn)
