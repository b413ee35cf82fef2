"""A refusal says which part of the question is wrong: of an address with several parts, of two filters."""

import pytest

ASSESSMENT = "/api/v1/assessments/{}/{}/{}/"
SHEET = "/api/v1/submissions/{}/{}/entries/"
QUARTERS = "/api/v1/quarters/{}/{}/"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (ASSESSMENT.format("999999", "P99", 1999), "没有代码为 999999 的地区；全部代码见 /api/v1/areas/。"),
        (ASSESSMENT.format("330127", "P99", 2024), "没有代码为 P99 的指标；全部代码见 /api/v1/indicators/。"),
        (ASSESSMENT.format("330127", "P03", 1999), "1999 不是方案的年份；方案是 2022 至 2027 年。"),
        (ASSESSMENT.format("330127", "P03", 10**20), "10000000 不是方案的年份；方案是 2022 至 2027 年。"),
        (ASSESSMENT.format("330100", "P03", 2024), "330100 的 P03 没有 2024 年的评估。"),
        (ASSESSMENT.format("330127", "P03", 2024) + "?as_of=2001-01-01", "330127 的 P03 没有 2024 年的评估。"),
        (SHEET.format("999999", 2025), "没有代码为 999999 的地区；全部代码见 /api/v1/areas/。"),
        (SHEET.format("330127", 2022), "2022 年没有开放填报。"),
        (SHEET.format("330122", 2025), "没有 330122 2025 年的填报表，或者它不在您的权限范围内。"),
        (QUARTERS.format("999999", 2025), "没有代码为 999999 的地区；全部代码见 /api/v1/areas/。"),
        (QUARTERS.format("330122", 2025), "没有 330122 2025 年的季度数，或者它不在您的权限范围内。"),
        (QUARTERS.format("330127", 2099), "没有2099年的季度数。"),
    ],
)
def test_a_404_says_which_part_leads_nowhere(clients, path, words):
    answer = clients["chunan"].get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found/")
    assert answer.json()["detail"] == words


def test_the_city_has_no_quarters(clients):
    answer = clients["municipal"].get(QUARTERS.format("330100", 2025))
    assert (answer.status_code, answer.json()["detail"]) == (404, "330100 不按季填报：季度数是各地区的。")


@pytest.mark.parametrize("name", ["observations", "targets", "quarters", "aggregates", "changes", "submissions"])
def test_a_beginning_after_its_end_is_refused_and_both_are_named(clients, name):
    answer = clients["municipal"].get(f"/api/v1/{name}/?year_from=2026&year_to=2024")
    told = answer.json()
    assert (answer.status_code, told["type"]) == (400, "/problems/bad-parameter/")
    assert (told["parameter"], told["contradicts"]) == ("year_from", "year_to")
    assert told["detail"] == "year_from=2026 在 year_to=2024 之后：没有一行能同时符合两个。"
    assert clients["municipal"].get(f"/api/v1/{name}/?year_from=2024&year_to=2024").status_code == 200


def test_so_are_periods_of_sdmx(clients):
    address = "/api/sdmx/2.1/data/COUNTY_SEAT/A.330127.P03.OBS?startPeriod={}&endPeriod={}"
    ask = clients["municipal"].get
    refused = ask(address.format("2025", "2023"), headers={"Accept": "application/json"})
    assert refused.status_code == 400
    assert refused.json()["detail"] == "startPeriod=2025 在 endPeriod=2023 之后：没有一个时期能同时符合两个。"
    assert ask(address.format("2023", "2023")).status_code == 200
    assert ask(address.format("2024-02", "2024-03")).status_code == 404  # no year lies within, and no contradiction
