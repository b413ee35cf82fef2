"""One flow typed on a page moves what stands on it, of its county alone: ratio, promise, alert, cause chain."""

import re
from decimal import Decimal

import pytest

from funding.models import Flow

pytestmark = pytest.mark.usefixtures("demo")
CHUNAN, JIANDE, YEAR = "330127", "330182", 2024
OTHERS = (f"/counties/{JIANDE}/", f"/counties/{JIANDE}/causes/?year={YEAR}", f"/cells/{JIANDE}/P07/{YEAR}/")


def body(client, path: str) -> str:
    """A page without what differs at every call."""
    response = client.get(path)
    assert (path, response.status_code) == (path, 200)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def matching(client, area: str) -> dict:
    rows = client.get(f"/funding/?year={YEAR}").context["picture"].matching_rows
    return next(row for row in rows if (row["area"], row["year"]) == (area, YEAR))


def promise(client, area: str) -> tuple[float, str]:
    standing = client.get("/commitments/C12/").context["row"]
    line = next(row for row in standing.lines if (row.area, row.year) == (area, YEAR))
    return line.progress.done, line.progress.status


def alerts(client, area: str) -> list[str]:
    """What of the dispatch list presses the county for its match of the year."""
    rows = client.get(f"/dispatch/?kind=match&area={area}").context["rows"]
    return [row.line.what for row in rows if str(YEAR) in row.line.what]


def chain(client, area: str):
    return client.get(f"/counties/{area}/causes/?year={YEAR}").context["chains"][0]


def state(client, area: str) -> tuple:
    row, links = matching(client, area), chain(client, area)
    return row["ratio"], row["owed"], promise(client, area), alerts(client, area), links.owes, str(links.sentence)


def test_a_flow_and_its_correction_move_their_county_alone(clients):
    leader, county = clients["leader"], clients["chunan"]
    pages = {path: body(leader, path) for path in OTHERS}
    before, other = state(leader, CHUNAN), state(leader, JIANDE)
    owed = Decimal(str(before[1]))
    assert (owed > 0, before[2][1], len(before[3]), before[4]) == (True, "broken", 1, True)

    typed = {"area": CHUNAN, "year": YEAR, "source": "F3", "state": "arrived", "happened_on": "2024-12-20"}
    answer = county.post("/funding/flows/new/", {**typed, "amount_wan": str(owed)})
    assert answer.status_code == 302
    paid = state(leader, CHUNAN)
    assert (paid[0], paid[1], paid[2], paid[3], paid[4]) == (1.0, 0.0, (1.0, "fulfilled"), [], False)
    assert "足额" in paid[5]

    county.post(answer.url, {"to_amount_wan": "0", "reason": "误登，全部冲销"})
    assert state(leader, CHUNAN) == before
    assert Flow.objects.filter(is_demo=False).count() == 2
    assert state(leader, JIANDE) == other
    assert {path: body(leader, path) for path in OTHERS} == pages


def test_the_citys_finance_bureau_enters_what_the_city_pays(clients):
    finance = clients["finance"]
    typed = {"area": CHUNAN, "year": YEAR, "source": "F1", "state": "allocated", "amount_wan": "1000"}
    typed["happened_on"] = "2024-12-20"
    before = matching(finance, CHUNAN)
    answer = finance.post("/funding/flows/new/", typed)
    assert (answer.status_code, matching(finance, CHUNAN)["base"]) == (302, before["base"] + 1000)
    assert finance.post(answer.url, {"to_amount_wan": "900", "reason": "按文件更正"}).status_code == 302
    assert finance.post("/funding/flows/new/", {**typed, "source": "F3"}).status_code == 400
    assert finance.post("/funding/rule/", {}).status_code == 403
    assert finance.get(f"/reporting/{CHUNAN}/2025/").status_code == 404
