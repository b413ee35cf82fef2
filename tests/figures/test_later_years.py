"""A county whose later year is approved stands with it on the overview; heading and totals are of the common year, and
the page says so."""

import re

from accounts.models import User
from figures import summary
from figures.asked import Asked
from figures.picture import Picture
from figures.words import sentences

TOGETHER = re.compile(r'<th class="together".*?</th>', re.DOTALL)


def test_the_overview_says_which_counties_stand_with_a_later_year(clients):
    body = clients["leader"].get("/").content.decode()
    assert "标题和合计是2024年的；下面桐庐县按2025年。" in body
    assert re.findall(r'"tag">([^<]+)<', TOGETHER.search(body)[0]) == ["2024年", "计算得出"]


def test_the_wall_says_it_too(clients):
    assert "标题和合计是2024年的；下面桐庐县按2025年。" in clients["leader"].get("/wall/").content.decode()


def test_of_one_year_for_all_nothing_is_said(clients):
    body = clients["leader"].get("/?year=2024").content.decode()
    assert "标题和合计" not in body
    assert re.findall(r'"tag">([^<]+)<', TOGETHER.search(body)[0]) == ["计算得出"]


def test_rows_on_pace_that_are_unlikely_all_the_same_are_counted_and_said(demo):
    picture = Picture(Asked(year=2024), User.objects.get(username="leader"))
    cells = list(picture.cells())
    on_pace = [cell for cell in cells if cell.row["outlook"] in ("achieved", "on_track")]
    both = [cell for cell in on_pace if cell.grade in ("unlikely", "very_unlikely")]
    assert 0 < len(both) < len(on_pace)
    told = str(sentences.outlook(picture, summary.count(cells)))
    assert f"（其中{len(both)}项现在仍与进度相符）" in told


def test_a_total_of_some_counties_is_no_total_and_names_who_is_missing(clients):
    body = clients["leader"].get("/indicators/P07/").content.decode()
    card = body.partition("汇总了几个地区")[2].partition("</table>")[0]
    rows = {re.search(r"<th scope=\"row\">(\d+)", row)[1]: row for row in card.split("</tr>") if 'scope="row"' in row}
    assert [year for year, row in rows.items() if "不全" in row] == ["2025"]
    assert re.search(r"3个中的1个\s*<span class=\"unit\">缺 淳安县、建德市", rows["2025"])
    shown = [re.search(r"title=\"[\d.]+\">([\d.]+)<", row)[1] for row in rows.values()]
    assert {len(number.partition(".")[2]) for number in shown} == {1}
