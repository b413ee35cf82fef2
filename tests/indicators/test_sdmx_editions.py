"""The newer forms of SDMX: JSON 1.0 and 2.0, csv 2.0, stubs, single items, what there is, and 3.0 REST. Every form
holds the figures that SDMX-ML does, which the library's own client reads back (test_sdmx)."""

import csv
import io
import json

import pytest
import sdmx
from lxml import etree

from indicators.models import Assessment, Observation, Standard, Target

V2, V3 = "/api/sdmx/2.1/", "/api/sdmx/3.0/"
SDMX = "application/vnd.sdmx."
KEY = "A.330127.P01+P02."
FACTS = {"OBS": Observation, "TARGET": Target, "STANDARD": Standard}


@pytest.fixture
def stats(login):
    return login("stats")


def get(client, path, accept="*/*", **parameters):
    answer = client.get(path, parameters, headers={"Accept": accept})
    assert answer.status_code == 200, answer.content.decode()
    return answer


def in_force(areas=("330127",), indicators=("P01", "P02")):
    """(area, indicator, series, year) → value, from the tables."""
    scope = {"area__in": areas, "indicator__in": indicators}
    found = {
        (fact.area_id, fact.indicator_id, name, str(fact.year)): float(fact.value)
        for name, model in FACTS.items()
        for fact in model.objects.as_of().filter(**scope)
    }
    gaps = Assessment.objects.filter(gap__isnull=False, **scope)
    return found | {(row.area_id, row.indicator_id, "GAP", str(row.year)): row.gap for row in gaps}


def of_json(body):
    """The figures of an SDMX-JSON message, by the places of its codes."""
    data = body["data"]
    told = data["structures"][0] if "structures" in data else data["structure"]
    outer, inner = (
        [[value["id"] for value in each["values"]] for each in told["dimensions"][side]]
        for side in ("series", "observation")
    )
    names = [each["id"] for side in ("series", "observation") for each in told["dimensions"][side]]
    (whole,) = data["dataSets"]
    found = {}
    for key, series in whole.get("series", {"": {"observations": whole.get("observations")}}).items():
        for place, observation in series["observations"].items():
            codes = [known[int(at)] for known, at in zip(outer, key.split(":") if key else [], strict=True)]
            codes += [known[int(at)] for known, at in zip(inner, place.split(":"), strict=True)]
            row = dict(zip(names, codes, strict=True))
            found[tuple(row[name] for name in ("REF_AREA", "INDICATOR", "SERIES", "TIME_PERIOD"))] = observation[0]
    return found


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
@pytest.mark.parametrize("at", ["TIME_PERIOD", "AllDimensions", "SERIES"])
def test_json_holds_the_figures_in_force(stats, version, at):
    answer = get(stats, f"{V2}data/COUNTY_SEAT/{KEY}", f"{SDMX}data+json;version={version}", dimensionAtObservation=at)
    assert answer["Content-Type"] == f"{SDMX}data+json; version={version}; charset=utf-8"
    assert of_json(answer.json()) == in_force()


def test_json_tells_status_units_and_names(stats):
    told = get(stats, f"{V2}data/COUNTY_SEAT/A.330127.P02.OBS", f"{SDMX}data+json;version=2.0.0").json()
    (structure,) = told["data"]["structures"]
    attributes = {each["id"]: each["values"] for side in structure["attributes"].values() for each in side}
    assert [value["id"] for value in attributes["UNIT_MEASURE"]] == ["PT"]
    assert {value["id"] for value in attributes["OBS_STATUS"]} <= {"A", "P", "G"}
    (area,) = structure["dimensions"]["series"][1]["values"]
    assert area["names"] == {"zh": "淳安县", "en": "Chun'an"}
    (series,) = told["data"]["dataSets"][0]["series"].values()
    marks = [observation[1] for observation in series["observations"].values()]
    assert all(0 <= mark < len(attributes["OBS_STATUS"]) for mark in marks)


@pytest.mark.parametrize(("detail", "holds"), [("serieskeysonly", 0), ("dataonly", 1)])
def test_detail_of_json(stats, detail, holds):
    told = get(stats, f"{V2}data/COUNTY_SEAT/A.330127.P02.OBS", f"{SDMX}data+json", detail=detail).json()["data"]
    (series,) = told["dataSets"][0]["series"].values()
    assert (series["attributes"], bool(series["observations"])) == ([], bool(holds))
    assert {len(each) for each in series["observations"].values()} <= {1}


@pytest.mark.parametrize("path", [f"{V2}data/COUNTY_SEAT/{KEY}", f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/A.330127.*.*"])
def test_csv_2_names_structure_and_action(stats, path):
    more = {} if V2 in path else {"c[INDICATOR]": "P01,P02"}
    answer = get(stats, path, f"{SDMX}data+csv;version=2.0.0", **more)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Type"] == f"{SDMX}data+csv; version=2.0.0; charset=utf-8"
    assert list(rows[0])[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert {tuple(row.values())[:3] for row in rows} == {("dataflow", "HZDRC:COUNTY_SEAT(1.0)", "I")}
    names = ("REF_AREA", "INDICATOR", "SERIES", "TIME_PERIOD")
    assert {tuple(row[name] for name in names): float(row["OBS_VALUE"]) for row in rows} == in_force()


# Structures ----------------------------------------------------------------------------------------


def message(client, path, **parameters):
    return sdmx.read_sdmx(io.BytesIO(get(client, path, "application/xml", **parameters).content))


def test_the_value_is_a_number(stats):
    root = etree.fromstring(get(stats, f"{V2}datastructure", "application/xml").content)
    measure = root.find(".//{*}MeasureList/{*}PrimaryMeasure")
    assert measure.find(".//{*}TextFormat").get("textType") == "Decimal"


@pytest.mark.parametrize("detail", ["allstubs", "allcompletestubs"])
def test_stubs_name_what_there_is_and_hold_nothing(stats, detail):
    root = etree.fromstring(get(stats, f"{V2}codelist", "application/xml", detail=detail).content)
    lists = list(root.iter("{*}Codelist"))
    assert len(lists) == 6
    assert {each.get("isExternalReference") for each in lists} == {"true"}
    assert (list(root.iter("{*}Code")), {each.get("structureURL")[:22] for each in lists}) == (
        [],
        {"/api/sdmx/2.1/codelist"},
    )


def test_reference_stubs_leave_what_was_asked_for_whole(stats):
    told = message(stats, f"{V2}dataflow/HZDRC/COUNTY_SEAT", references="all", detail="referencestubs")
    assert told.dataflow["COUNTY_SEAT"].structure.id == "COUNTY_SEAT"
    assert [len(each.items) for each in told.codelist.values()] == [0] * 6
    for path in ("datastructure", "conceptscheme", "agencyscheme", "dataflow"):
        assert get(stats, f"{V2}{path}", "application/xml", detail="allstubs").status_code == 200


@pytest.mark.parametrize("accept", ["application/xml", f"{SDMX}structure+json"])
def test_an_item_is_asked_for_alone(stats, accept):
    answer = get(stats, f"{V2}codelist/HZDRC/CL_AREA/1.0/330127+330122", accept)
    if "json" in accept:
        (told,) = answer.json()["data"]["codelists"]
        assert ([code["id"] for code in told["codes"]], told["isPartial"]) == (["330122", "330127"], True)
    else:
        (told,) = sdmx.read_sdmx(io.BytesIO(answer.content)).codelist.values()
        assert sorted(told.items) == ["330122", "330127"]
    missing = stats.get(f"{V2}codelist/HZDRC/CL_AREA/1.0/999999", headers={"Accept": accept})
    assert missing.status_code == 404


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_structures_as_json(stats, version):
    accept = f"{SDMX}structure+json;version={version}"
    answer = get(stats, f"{V2}dataflow/HZDRC/COUNTY_SEAT/latest", accept, references="all")
    assert answer["Content-Type"] == f"{SDMX}structure+json; version={version}; charset=utf-8"
    told = answer.json()["data"]
    assert {name: len(each) for name, each in told.items()} == {
        "dataflows": 1,
        "dataStructures": 1,
        "codelists": 6,
        "conceptSchemes": 1,
    }
    components = told["dataStructures"][0]["dataStructureComponents"]
    assert [each["id"] for each in components["dimensionList"]["dimensions"]] == [
        "FREQ",
        "REF_AREA",
        "INDICATOR",
        "SERIES",
    ]
    measure = components["measureList"]["primaryMeasure" if version == "1.0.0" else "measures"]
    assert "Decimal" in json.dumps(measure)
    urns = {each["links"][0]["urn"] for each in told["codelists"]}
    named = [each["localRepresentation"]["enumeration"] for each in components["dimensionList"]["dimensions"]]
    assert set(named) <= urns


# What there is -------------------------------------------------------------------------------------


def test_availability_is_what_the_data_hold(stats):
    expected = in_force()
    root = etree.fromstring(get(stats, f"{V2}availableconstraint/COUNTY_SEAT/{KEY}", "application/xml").content)
    found = {each.get("id"): [value.text for value in each.iter("{*}Value")] for each in root.iter("{*}KeyValue")}
    assert found["REF_AREA"] == ["330127"]
    assert (set(found["INDICATOR"]), set(found["SERIES"])) == ({"P01", "P02"}, {key[2] for key in expected})
    years = sorted({key[3] for key in expected})
    assert [root.findtext(f".//{{*}}{name}") for name in ("StartPeriod", "EndPeriod")] == [years[0], years[-1]]
    assert root.findtext(".//{*}AnnotationTitle") == str(len(expected))
    told = get(stats, f"{V3}availability/dataflow/HZDRC/COUNTY_SEAT/~/A.330127.P02.OBS").json()
    (constraint,) = told["data"]["dataConstraints"]
    (region,) = constraint["cubeRegions"]
    codes = {each["id"]: [value["value"] for value in each["values"]] for each in region["keyValues"]}
    years = sorted(year for area, indicator, series, year in expected if (indicator, series) == ("P02", "OBS"))
    assert codes == {
        "FREQ": ["A"],
        "REF_AREA": ["330127"],
        "INDICATOR": ["P02"],
        "SERIES": ["OBS"],
        "TIME_PERIOD": years,
    }


def test_what_could_still_be_chosen_of_a_component(stats):
    path = f"{V2}availableconstraint/COUNTY_SEAT/A.330127.P02.OBS/all/INDICATOR"
    asked = {
        mode: [
            value.text
            for value in etree.fromstring(get(stats, path, "application/xml", mode=mode).content).iter("{*}Value")
        ]
        for mode in ("exact", "available")
    }
    assert asked["exact"] == ["P02"]
    assert len(asked["available"]) > 5


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{V2}availableconstraint/OTHER", 404),
        (f"{V2}availableconstraint/COUNTY_SEAT/all/all/COLOUR", 404),
        (f"{V2}availableconstraint/COUNTY_SEAT?mode=some", 400),
        (f"{V2}availableconstraint/COUNTY_SEAT?startPeriod=2099", 404),
        (f"{V2}availableconstraint/COUNTY_SEAT?references=all", 501),
        (f"{V3}data/dataflow/HZDRC/OTHER/~/*", 404),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/9.0/*", 404),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/A.330127.P02.OBS,A.330122.P02.OBS", 501),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/*?c[COLOUR]=red", 400),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/*?c[TIME_PERIOD]=soon", 400),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/*?c[FREQ]=M", 404),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/*?startPeriod=2024", 400),
        (f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/*?attributes=some", 501),
        (f"{V3}structure/provisionagreement", 501),
        (f"{V3}structure/codelist/HZDRC/CL_NONE", 404),
        (f"{V3}structure/codelist?detail=some", 400),
    ],
)
def test_what_is_not_understood_is_a_problem(stats, path, status):
    answer = stats.get(path, headers={"Accept": f"{SDMX}structure+json"} if V3 in path and "structure" in path else {})
    assert answer.status_code == status, answer.content.decode()


# SDMX 3.0 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("A.330127.P02.OBS", {}),
        ("*.330127.P02.OBS", {}),
        ("*", {"c[REF_AREA]": "330127", "c[INDICATOR]": "P02", "c[SERIES]": "OBS"}),
        ("A.330127.*.*", {"c[INDICATOR]": "eq:P02", "c[SERIES]": "OBS", "c[TIME_PERIOD]": "ge:2000+le:2099"}),
    ],
)
def test_data_of_3_0(stats, path, parameters):
    answer = get(stats, f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/1.0/{path}", **parameters)
    assert answer["Content-Type"] == f"{SDMX}data+json; version=2.0.0; charset=utf-8"
    expected = {key: value for key, value in in_force().items() if key[1:3] == ("P02", "OBS")}
    assert of_json(answer.json()) == expected


@pytest.mark.parametrize(("text", "years"), [("2024", {2024}), ("gt:2023", {2024}), ("ge:2022+lt:2024", {2022, 2023})])
def test_years_of_3_0(stats, text, years):
    path = f"{V3}data/*/*/*/*/A.330127.P02.OBS"
    found = of_json(get(stats, path, **{"c[TIME_PERIOD]": text}).json())
    assert {int(key[3]) for key in found} == years


def test_structures_of_3_0(stats):
    everything = get(stats, f"{V3}structure/*").json()["data"]
    assert len(everything["codelists"]) == 6
    (told,) = get(stats, f"{V3}structure/codelist/HZDRC/CL_SERIES/~/OBS,GAP").json()["data"]["codelists"]
    assert [code["id"] for code in told["codes"]] == ["OBS", "GAP"]
    stub = get(stats, f"{V3}structure/dataflow/*/*/*", detail="allstubs").json()["data"]["dataflows"]
    assert [(each["id"], each["isExternalReference"]) for each in stub] == [("COUNTY_SEAT", True)]
