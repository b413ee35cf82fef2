"""SDMX 2.1 REST: the library's own client reads the service back, from a live server."""

import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sdmx
from django.test import Client
from lxml import etree

from accounts.models import User
from areas.models import Area
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, IndicatorDefinition, Observation, Standard, Target, Versioned
from indicators.sdmx import api, errors

ROOT = Path(__file__).resolve().parents[2]
BASE = "/api/sdmx/2.1/"
SDMX = "application/vnd.sdmx."
XML_ERROR = "application/xml; charset=utf-8"
FACTS = {"OBS": Observation, "TARGET": Target, "STANDARD": Standard}


@pytest.fixture
def service(live_server, demo):
    """sdmx1's client of the running service, logged in as the department of statistics."""
    session = Client()
    session.force_login(User.objects.get(username="stats"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in session.cookies.items())
    sdmx.add_source({"id": "HZDRC", "url": f"{live_server}/api/sdmx/2.1", "name": "HZDRC"}, override=True)
    client = sdmx.Client("HZDRC")
    client.session.headers["Cookie"] = cookie
    yield client
    client.session.close()
    del sdmx.source.sources["HZDRC"]


@pytest.fixture
def stats(login):
    return login("stats")


def get(client, path, accept="*/*", **parameters):
    return client.get(BASE + path, parameters, headers={"Accept": accept})


def refused(client, path, **parameters):
    response = get(client, path, "application/xml", **parameters)
    return response.status_code, etree.fromstring(response.content).findtext(".//{*}Text")


def facts_in_force():
    """(area, indicator, series, year) → value, from the tables."""
    found = {
        (fact.area_id, fact.indicator_id, name, str(fact.year)): float(fact.value)
        for name, model in FACTS.items()
        for fact in model.objects.as_of()
    }
    gaps = Assessment.objects.filter(gap__isnull=False)
    return found | {(row.area_id, row.indicator_id, "GAP", str(row.year)): row.gap for row in gaps}


def values(message):
    """The same from a data message."""
    return {
        tuple(str(obs.key[name].value) for name in ("REF_AREA", "INDICATOR", "SERIES", "TIME_PERIOD")): float(obs.value)
        for obs in message.data[0].obs
    }


def test_the_client_lists_the_flow_resolves_it_and_reads_every_fact(service):
    assert list(service.dataflow().dataflow) == ["COUNTY_SEAT"]

    message = service.dataflow("COUNTY_SEAT", params={"references": "all"})
    (structure,) = message.structure.values()
    assert [dimension.id for dimension in structure.dimensions] == [
        "FREQ",
        "REF_AREA",
        "INDICATOR",
        "SERIES",
        "TIME_PERIOD",
    ]
    assert [attribute.id for attribute in structure.attributes] == [
        "UNIT_MEASURE",
        "OBS_STATUS",
        "PROBABILITY",
        "RANGE_LOW",
        "RANGE_HIGH",
        "FORECAST_VERSION",
        "FORECAST_STATUS",
        "NUMERATOR",
        "DENOMINATOR",
        "UPPER_END",
        "STAGE",
        "REACHED_ON",
        "COUNTED",
        "COUNTIES",
    ]
    areas = message.codelist["CL_AREA"]
    assert {code.id: code.name.localizations for code in areas} == {
        area.code: {"zh": area.name, "en": area.name_en} for area in Area.objects.all()
    }
    assert areas["330127"].parent is areas["330100"]
    assert {code.id: code.name["zh"] for code in message.codelist["CL_INDICATOR"]} == {
        row.indicator_id: row.name for row in IndicatorDefinition.objects.as_of()
    }

    expected = facts_in_force()
    assert values(service.data("COUNTY_SEAT")) == expected
    assert values(service.data("COUNTY_SEAT", dsd=structure)) == expected
    own = {"REF_AREA": "330127", "SERIES": "TARGET+GAP"}
    found = values(service.data("COUNTY_SEAT", key=own, dsd=structure, params={"startPeriod": "2024"}))
    assert found == {
        key: value
        for key, value in expected.items()
        if key[0] == "330127" and key[2] in {"TARGET", "GAP"} and key[3] >= "2024"
    }


def test_demonstration_and_provisional_figures_say_so(stats):
    rows = pd.read_csv(io.BytesIO(get(stats, "data/COUNTY_SEAT", "text/csv").content), dtype=str)
    keys = ["REF_AREA", "INDICATOR", "SERIES", "TIME_PERIOD"]
    told = dict(zip(rows[keys].itertuples(index=False, name=None), rows.OBS_STATUS, strict=True))
    expected = {
        (fact.area_id, fact.indicator_id, name, str(fact.year)): _status(fact)
        for name, model in FACTS.items()
        for fact in model.objects.as_of()
    }
    gaps = Assessment.objects.filter(gap__isnull=False)
    expected |= {(row.area_id, row.indicator_id, "GAP", str(row.year)): _status(row) for row in gaps}
    assert told == expected
    some = [("330127", "P01", "TARGET", "2027"), ("330182", "P10", "OBS", "2022"), ("330182", "P01", "OBS", "2024")]
    assert [told[key] for key in some] == ["A", "P", "G"]


def _status(row):
    return "G" if row.is_demo else "P" if row.is_provisional else "A"


RANGED = "RANGE_LOW,RANGE_HIGH,FORECAST_VERSION,FORECAST_STATUS"


def ranged():
    """What the target of P01 in 330127 says of 2027: a range, and no chance, for the year has no value."""
    row = Assessment.objects.get(area="330127", indicator="P01", year=2027)
    values = (f"{row.range_low:.6f}", f"{row.range_high:.6f}")
    return dict(zip(RANGED.split(","), (*(v.rstrip("0").rstrip(".") for v in values), "1", "G"), strict=True))


def test_csv_is_sdmx_csv_with_codes_or_with_names(stats):
    path = "data/COUNTY_SEAT/A.330127.P01.TARGET"
    response = get(stats, path, SDMX + "data+csv;version=1.0.0", startPeriod="2027")
    assert response["Content-Type"] == SDMX + "data+csv; version=1.0.0; charset=utf-8"
    assert response.content.decode().split("\r\n") == [
        f"DATAFLOW,FREQ,REF_AREA,INDICATOR,SERIES,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS,PROBABILITY,{RANGED}"
        ",NUMERATOR,DENOMINATOR,UPPER_END,STAGE,REACHED_ON,COUNTED,COUNTIES",
        f"HZDRC:COUNTY_SEAT(1.0),A,330127,P01,TARGET,2027,30,PT,A,,{','.join(ranged().values())},,,,,,,",
        "",
    ]
    both = get(stats, path, SDMX + "data+csv;labels=both", startPeriod="2027").content.decode().split("\r\n")
    assert both[1].split(",") == [
        "HZDRC:COUNTY_SEAT(1.0)",
        "A: 年",
        "330127: 淳安县",
        "P01: 乡镇至县城30分钟交通圈覆盖率",
        "TARGET: 年度目标",
        "2027",
        "30",
        "PT: %",
        "A: 正常值",
        "",
        *list(ranged().values())[:-1],
        "G",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
    ]


# Structures -----------------------------------------------------------------------------------------

LISTS = ["CL_AREA", "CL_FREQ", "CL_INDICATOR", "CL_OBS_STATUS", "CL_SERIES", "CL_UNIT_MEASURE"]
FLOW, STRUCTURE, CONCEPTS = "Dataflow:COUNTY_SEAT", "DataStructure:COUNTY_SEAT", "ConceptScheme:CS_COUNTY_SEAT"
CODELISTS = [f"Codelist:{name}" for name in LISTS]


def named(response):
    """Kind and id of every maintainable in a structure message."""
    assert response["Content-Type"] == SDMX + "structure+xml; version=2.1; charset=utf-8"
    containers = etree.fromstring(response.content).find("{*}Structures")
    return sorted(f"{etree.QName(each).localname}:{each.get('id')}" for kind in containers for each in kind)


@pytest.mark.parametrize(
    ("path", "references", "expected"),
    [
        ("dataflow", None, [FLOW]),
        ("dataflow/HZDRC/COUNTY_SEAT/1.0", "none", [FLOW]),
        ("dataflow/all/all/latest/", "children", [FLOW, STRUCTURE]),
        ("dataflow/HZDRC", "descendants", [*CODELISTS, CONCEPTS, FLOW, STRUCTURE]),
        ("dataflow/HZDRC", "codelist", CODELISTS),
        ("dataflow/HZDRC", "parents", [FLOW]),
        ("datastructure/HZDRC/COUNTY_SEAT", "none", [STRUCTURE]),
        ("datastructure/HZDRC/COUNTY_SEAT", "children", [*CODELISTS, CONCEPTS, STRUCTURE]),
        ("datastructure/HZDRC/COUNTY_SEAT", "parents", [FLOW, STRUCTURE]),
        ("datastructure/HZDRC/COUNTY_SEAT", "all", [*CODELISTS, CONCEPTS, FLOW, STRUCTURE]),
        ("datastructure", "categoryscheme", [STRUCTURE]),
        ("codelist", None, CODELISTS),
        ("codelist/HZDRC/CL_AREA+CL_FREQ", None, CODELISTS[:2]),
        ("codelist/HZDRC/CL_AREA", "parents", [CODELISTS[0], STRUCTURE]),
        ("codelist/HZDRC/CL_AREA", "parentsandsiblings", [*CODELISTS, CONCEPTS, STRUCTURE]),
        ("codelist/HZDRC/CL_AREA", "dataflow", [CODELISTS[0], FLOW]),
        ("conceptscheme/HZDRC/CS_COUNTY_SEAT/latest", None, [CONCEPTS]),
        ("agencyscheme", None, ["AgencyScheme:AGENCIES"]),
    ],
)
def test_structures_with_what_they_refer_to(stats, path, references, expected):
    response = get(stats, path, **({"references": references} if references else {}))
    asked_alone = references == "codelist" and path.startswith("dataflow")
    assert named(response) == sorted([*expected, FLOW] if asked_alone else expected)


@pytest.mark.parametrize(
    ("path", "parameters", "status", "words"),
    [
        ("dataflow/HZDRC/OTHER", {}, 404, "没有这样的 dataflow"),
        ("dataflow/ESTAT", {}, 404, "没有这样的 dataflow"),
        ("codelist/HZDRC/CL_AREA/2.0", {}, 404, "没有这样的 codelist"),
        ("dataflow", {"references": "everything"}, 400, "references=everything 无法识别"),
        ("dataflow", {"detail": "some"}, 400, "detail=some 无法识别"),
        ("dataflow", {"reference": "all"}, 400, "无法识别的参数：reference"),
        ("dataflow/HZDRC/COUNTY_SEAT/1.0/more/again", {}, 400, "地址多出了一段"),
        ("dataflow/HZDRC/COUNTY_SEAT/1.0/more", {}, 404, "里没有：more"),
        ("categoryscheme", {}, 501, "不提供 categoryscheme"),
        ("nonsense", {}, 400, "没有“nonsense”这类资源"),
        ("data/OTHER", {}, 404, "没有“OTHER”这个数据流"),
        ("data/ESTAT,COUNTY_SEAT", {}, 404, "没有“ESTAT,COUNTY_SEAT”这个数据流"),
        ("data/COUNTY_SEAT/A.330127.P01", {}, 400, "有 3 段，应为 4 段：FREQ.REF_AREA.INDICATOR.SERIES"),
        ("data/COUNTY_SEAT/A.330127.P01.OBS.2024", {}, 400, "有 5 段，应为 4 段"),
        ("data/COUNTY_SEAT/A.330127.P01+P99.OBS", {}, 404, "代码表里没有：P99"),
        ("data/COUNTY_SEAT/M.330127.P01.VALUE", {}, 404, "代码表里没有：M、VALUE"),
        ("data/COUNTY_SEAT/all/ESTAT", {}, 404, "没有“ESTAT”这个数据提供者"),
        ("data/COUNTY_SEAT/all/all/more", {}, 400, "地址多出了一段"),
        ("data/COUNTY_SEAT", {"startPeriod": "2099"}, 404, "没有符合条件的数值"),
        ("data/COUNTY_SEAT", {"startPeriod": "2024-Q5"}, 400, "startPeriod=2024-Q5"),
        ("data/COUNTY_SEAT", {"endPeriod": "later"}, 400, "endPeriod=later"),
        ("data/COUNTY_SEAT", {"updatedAfter": "yesterday"}, 400, "updatedAfter=yesterday"),
        ("data/COUNTY_SEAT", {"detail": "most"}, 400, "detail=most 无法识别"),
        ("data/COUNTY_SEAT", {"dimensionAtObservation": "AREA"}, 400, "dimensionAtObservation=AREA 无法识别"),
        ("data/COUNTY_SEAT", {"firstNObservations": "0"}, 400, "firstNObservations=0 应为正整数"),
        ("data/COUNTY_SEAT", {"includeHistory": "true"}, 501, "includeHistory"),
        ("data/COUNTY_SEAT", {"year": "2024"}, 400, "无法识别的参数：year"),
    ],
)
def test_what_is_not_understood_is_refused_in_words(stats, path, parameters, status, words):
    found, told = refused(stats, path, **parameters)
    assert (found, words in told) == (status, True), told


# Data -----------------------------------------------------------------------------------------------


def keys(response):
    """Every observation of a structure-specific message as its attributes, series and observation together."""
    assert response["Content-Type"] == SDMX + "structurespecificdata+xml; version=2.1; charset=utf-8"
    root = etree.fromstring(response.content)
    return [
        {**(each.getparent().attrib if each.getparent().tag == "Series" else {}), **each.attrib}
        for each in root.iter("Obs")
    ]


def specific(client, path, **parameters):
    return get(client, "data/COUNTY_SEAT" + path, SDMX + "structurespecificdata+xml;version=2.1", **parameters)


def test_key_wildcards_and_alternatives(stats):
    expected = {
        (area, indicator, series)
        for area, indicator, series, _ in facts_in_force()
        if indicator in {"P01", "P02"} and series == "OBS"
    }
    found = keys(specific(stats, "/A..P01+P02.OBS"))
    assert {(obs["REF_AREA"], obs["INDICATOR"], obs["SERIES"]) for obs in found} == expected
    same = specific(stats, "/..P02+P01.OBS/HZDRC")
    assert keys(same) == found


@pytest.mark.parametrize(
    ("parameters", "years"),
    [
        ({}, range(2022, 2028)),
        ({"startPeriod": "2024", "endPeriod": "2025"}, range(2024, 2026)),
        ({"startPeriod": "2023-05", "endPeriod": "2025-11-30"}, range(2024, 2025)),
        ({"startPeriod": "2024-Q1", "endPeriod": "2025-S2"}, range(2024, 2026)),
        ({"startPeriod": "2024-01-01T00:00:00", "endPeriod": "2025-12"}, range(2024, 2026)),
        ({"firstNObservations": "1"}, [2022]),
        ({"lastNObservations": "2"}, [2026, 2027]),
        ({"firstNObservations": "1", "lastNObservations": "1"}, [2022, 2027]),
        ({"firstNObservations": "4", "lastNObservations": "4"}, range(2022, 2028)),
    ],
)
def test_periods_and_counts(stats, parameters, years):
    own = {year for area, code, series, year in facts_in_force() if (area, code, series) == ("330122", "P02", "TARGET")}
    every = [str(year) for year in years if str(year) in own]
    if "firstNObservations" in parameters or "lastNObservations" in parameters:
        ordered, first = sorted(own), int(parameters.get("firstNObservations", 0))
        last = int(parameters.get("lastNObservations", 0))
        every = [year for place, year in enumerate(ordered) if place < first or place >= len(ordered) - last]
    found = keys(specific(stats, "/A.330122.P02.TARGET", **parameters))
    assert [obs["TIME_PERIOD"] for obs in found] == every


def test_detail(stats):
    path = "/A.330127.P01.TARGET"
    full = {"FREQ": "A", "REF_AREA": "330127", "INDICATOR": "P01", "SERIES": "TARGET", "UNIT_MEASURE": "PT"}
    (last,) = keys(specific(stats, path, lastNObservations="1"))
    assert last == full | {"TIME_PERIOD": "2027", "OBS_VALUE": "30", "OBS_STATUS": "A"} | ranged()
    (bare,) = keys(specific(stats, path, lastNObservations="1", detail="dataonly"))
    assert sorted(bare) == sorted(set(last) - {"UNIT_MEASURE", "OBS_STATUS", *ranged()})
    for detail, expected in (("nodata", set(full)), ("serieskeysonly", set(full) - {"UNIT_MEASURE"})):
        root = etree.fromstring(specific(stats, path, detail=detail).content)
        assert [(set(series.attrib), len(series)) for series in root.iter("Series")] == [(expected, 0)]
        assert get(stats, "data/COUNTY_SEAT" + path, "text/csv", detail=detail).status_code == 406


@pytest.mark.parametrize("at", ["TIME_PERIOD", "AllDimensions", "REF_AREA", "SERIES", "FREQ"])
def test_the_same_figures_whatever_dimension_is_at_the_observation(stats, at):
    plain = keys(specific(stats, "/..P01.", startPeriod="2024"))
    other = specific(stats, "/..P01.", startPeriod="2024", dimensionAtObservation=at)
    assert sorted(map(sorted, map(dict.items, keys(other)))) == sorted(map(sorted, map(dict.items, plain)))
    message = sdmx.read_sdmx(io.BytesIO(get(stats, "data/COUNTY_SEAT/..P01.", dimensionAtObservation=at).content))
    assert values(message) == {key: value for key, value in facts_in_force().items() if key[1] == "P01"}


def test_updated_after_gives_only_what_was_recorded_since(stats):
    latest = Target.objects.as_of().order_by("recorded_at").last()
    Assessment.objects.update(assessed_at="2001-01-01T00:00Z")  # a forecast made anew counts as recorded
    assert len(keys(specific(stats, "/...TARGET", updatedAfter="2000-01-01"))) == Target.objects.as_of().count()
    moment = latest.recorded_at.isoformat()
    assert refused(stats, "data/COUNTY_SEAT/...TARGET", updatedAfter=moment)[0] == 404
    Target.objects.filter(pk=latest.pk).update(recorded_at=latest.recorded_at.replace(year=2099))
    (found,) = keys(specific(stats, "/...TARGET", updatedAfter=moment))
    told = tuple(found[name] for name in ("REF_AREA", "INDICATOR", "TIME_PERIOD"))
    assert told == (latest.area_id, latest.indicator_id, str(latest.year))


def test_a_target_whose_forecast_was_made_anew_is_given_to_who_asks_for_what_is_new(stats):
    Assessment.objects.update(assessed_at="2001-01-01T00:00Z")
    key = {"area": "330122", "indicator": "P02", "year": 2026}
    Assessment.objects.filter(**key).update(assessed_at="2099-01-01T00:00Z")
    (found,) = keys(specific(stats, "/...TARGET", updatedAfter="2098-01-01"))
    assert (found["REF_AREA"], found["INDICATOR"], found["TIME_PERIOD"]) == ("330122", "P02", "2026")


def test_a_target_carries_the_forecast_with_a_status_of_its_own(stats):
    said = {
        (row.area_id, row.indicator_id, str(row.year)): row
        for row in Assessment.objects.all()
        if row.probability is not None or row.range_low is not None
    }
    names = ("PROBABILITY", "RANGE_LOW", "RANGE_HIGH", "FORECAST_VERSION", "FORECAST_STATUS")
    for found in keys(specific(stats, "/...TARGET")):
        row = said.get((found["REF_AREA"], found["INDICATOR"], found["TIME_PERIOD"]))
        numbers = [row.probability, row.range_low, row.range_high] if row else []
        told = {name: found.get(name) for name in names}
        assert [told[name] and float(told[name]) for name in names[:3]] == (numbers or [None] * 3)
        assert (told["FORECAST_VERSION"], told["FORECAST_STATUS"]) == (("1", _status(row)) if row else (None, None))
    assert not any(set(names) & set(found) for found in keys(specific(stats, "/...OBS")))


def test_a_superseded_figure_is_not_given(stats):
    Target.objects.as_of().filter(area="330127", indicator="P01").update(superseded_at="2099-01-01T00:00Z")
    assert refused(stats, "data/COUNTY_SEAT/.330127.P01.TARGET")[0] == 404


def test_too_much_is_413_and_says_what_to_do(stats, monkeypatch):
    monkeypatch.setattr(api, "MOST_OBSERVATIONS", 10)
    status, words = refused(stats, "data/COUNTY_SEAT")
    assert (status, "结果超过 10 个数值" in words, "startPeriod" in words) == (413, True, True)
    assert len(keys(specific(stats, "/A.330127.P01.TARGET"))) <= 10


# Forms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("*/*", "genericdata+xml; version=2.1"),
        ("", "genericdata+xml; version=2.1"),
        ("application/xml", "genericdata+xml; version=2.1"),
        (SDMX + "genericdata+xml;version=2.1", "genericdata+xml; version=2.1"),
        (SDMX + "structurespecificdata+xml", "structurespecificdata+xml; version=2.1"),
        ("text/csv", "data+csv; version=1.0.0"),
        (SDMX + "data+csv;version=1.0", "data+csv; version=1.0.0"),
        (SDMX + "metadata+json, text/csv;q=0.5, */*;q=0.1", "data+csv; version=1.0.0"),
        (SDMX + "data+json, text/csv;q=0.5, */*;q=0.1", "data+json; version=1.0.0"),
        ("text/csv;q=0.2, application/xml", "genericdata+xml; version=2.1"),
    ],
)
def test_accept_decides_the_form(stats, accept, sent):
    response = get(stats, "data/COUNTY_SEAT/A.330127.P01.TARGET", accept)
    assert (response.status_code, response["Content-Type"]) == (200, f"{SDMX}{sent}; charset=utf-8")
    assert "Accept" in response["Vary"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("data/COUNTY_SEAT", SDMX + "metadata+json"),
        ("data/COUNTY_SEAT", SDMX + "genericdata+xml;version=3.0"),
        ("data/COUNTY_SEAT", SDMX + "data+csv;version=3.0.0"),
        ("data/COUNTY_SEAT", "text/csv;q=0"),
        ("data/COUNTY_SEAT", SDMX + "data+csv;labels=name"),
        ("dataflow", "image/png"),
        ("dataflow", "text/csv"),
    ],
)
def test_406_names_what_there_is(stats, path, accept):
    response = get(stats, path, accept)
    assert response.status_code == 406
    assert ("version=" in response.content.decode()) or "labels" in response.content.decode()


def test_errors_are_xml_where_xml_is_asked_for_and_problems_where_not(stats):
    path = "data/COUNTY_SEAT/A.330127.P01"
    told = etree.fromstring(get(stats, path).content)
    assert (told.tag, told[0].get("code")) == (f"{{{errors.MESSAGE}}}Error", "140")
    plain = get(stats, path, "text/csv")
    assert (plain.status_code, plain["Content-Type"]) == (400, "application/problem+json")
    assert (plain.json()["status"], plain.json()["detail"]) == (400, told.findtext(".//{*}Text"))


def test_nobody_reads_anything(demo):
    for path in ("dataflow", "codelist", "data/COUNTY_SEAT"):
        response = get(Client(), path)
        assert (response.status_code, response["Content-Type"]) == (401, XML_ERROR)
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert b"330127" not in response.content


def test_304_where_nothing_changed(stats):
    first = specific(stats, "/.330127.P01.TARGET")
    again = {"Accept": SDMX + "structurespecificdata+xml", "If-None-Match": first["ETag"]}
    path = BASE + "data/COUNTY_SEAT/.330127.P01.TARGET"
    assert stats.get(path, headers=again).status_code == 304
    assert stats.get(path, headers=again | {"Accept": "text/csv"}).status_code == 200
    record_facts(
        Target, [FactRow("330127", "P01", 2027, Decimal(31))], grounds=Grounds(by=None, via=Versioned.Via.EDIT)
    )
    changed = stats.get(path, headers=again)
    assert (changed.status_code, [obs["OBS_VALUE"] for obs in keys(changed)][-1]) == (200, "31")


def test_queries_are_few(stats, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):  # one of them asks who maintains the structures, one for the forecasts
        get(stats, "data/COUNTY_SEAT")


def test_the_site_starts_without_the_library():
    code = "import django, sys; django.setup(); import county_urbanization.urls; print('sdmx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"
