"""docs/api.md as a page of the site: blocks and tables are shown as such, the client is a link."""


def test_the_recipes_are_a_page(clients):
    page = clients["stats"].get("/help/api/").content.decode()
    assert (page.count('<pre tabindex="0">'), page.count("<table>")) == (28, 4)
    assert page.count("/static/guide/clients/county_urbanization_client.py") == 2
    assert page.count('download="county_urbanization_client.py"') == 2  # as it has to be called to be imported
    assert 'id="in-english"' in page
    assert 'href="/help/api/"' in clients["stats"].get("/help/").content.decode()
