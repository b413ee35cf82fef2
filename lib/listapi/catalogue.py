"""The lists as a catalogue for machines: DCAT 3 as JSON-LD (w3.org/TR/vocab-dcat-3), a JSON Schema of each list's rows,
and the csvw metadata of its csv (w3.org/TR/tabular-metadata)."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from lib.listapi.formats import CSV, JSON, JSON_STAT, XLSX
from lib.listapi.lists import Column, List
from lib.listapi.openapi import row_schema
from lib.listapi.views import ListView

PREFIX = "api/v1/"
MEDIA = {"json": JSON, "csv": CSV.partition(";")[0], "xlsx": XLSX, "jsonstat": JSON_STAT}
REGISTERED = "https://www.iana.org/assignments/media-types/"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
DATATYPES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "date-time": "dateTime",
    "object": "json",
}


@cache
def lists() -> dict[str, List]:
    """Every list of the API by its name, with a dash for a slash."""
    found = {each.name.replace("/", "-"): each for each in _declared(get_resolver().url_patterns)}
    return dict(sorted(found.items()))


def _declared(patterns: Iterable[Any], before: str = "") -> Iterable[List]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _declared(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith(PREFIX):
            view = getattr(pattern.callback, "view_class", None)
            if view is not None and issubclass(view, ListView):
                yield pattern.callback.view_initkwargs.get("list") or view.list  # type: ignore[attr-defined]


def organisation(name: str) -> dict:
    """Who publishes."""
    return {"@type": "foaf:Organization", "foaf:name": name}


def catalogue(site: str, by: dict, modified: str, more: list[dict]) -> dict:
    """The whole catalogue; `site` is the address of the site without its last slash, `by` the publisher, `more` are the
    datasets beside the lists."""
    datasets = [_dataset(site, name, which, by) for name, which in lists().items()]
    return {
        "@context": CONTEXT,
        "@id": f"{site}/api/v1/catalog/",
        "@type": "dcat:Catalog",
        "dct:title": chinese(settings.SITE_NAME),
        "dct:description": chinese(settings.SPECTACULAR_SETTINGS["DESCRIPTION"]),
        "dct:publisher": by,
        "dct:language": ["zh", "en"],
        "dct:modified": {"@type": "xsd:dateTime", "@value": modified},
        "dcat:dataset": [*datasets, *more],
        "dcat:service": [
            _service(site, "/api/v1/", "/api/schema/", "REST", [*datasets, *more]),
            _service(site, "/api/sdmx/2.1/", "/help/api/", "SDMX 2.1", datasets),
            _service(site, "/api/sdmx/3.0/", "/help/api/", "SDMX 3.0", datasets),
        ],
    }


def chinese(words: object) -> dict:
    """A text in Chinese, as JSON-LD marks it."""
    return {"@language": "zh", "@value": str(words)}


def _service(site: str, path: str, description: str, title: str, datasets: list[dict]) -> dict:
    told: dict[str, Any] = {
        "@id": f"{site}{path}",
        "@type": "dcat:DataService",
        "dct:title": title,
        "dcat:endpointURL": {"@id": f"{site}{path}"},
        "dcat:endpointDescription": {"@id": f"{site}{description}"},
    }
    if title == "REST":  # SDMX has the facts of four lists, under names of its own
        told["dcat:servesDataset"] = [{"@id": each["@id"]} for each in datasets]
    return told


def _dataset(site: str, name: str, which: List, by: dict) -> dict:
    here = f"{site}/api/v1/catalog/{name}/"
    return {
        "@id": f"{here}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": which.name,
        "dct:title": chinese(which.title or which.name),
        "dct:description": chinese(which.description),
        "dcat:keyword": [chinese(which.tag)],
        "dct:publisher": by,
        "dct:conformsTo": {"@id": f"{here}schema/"},
        "dcat:distribution": [_distribution(site, which, kind) for kind in which.formats],
    }


def _distribution(site: str, which: List, kind: str) -> dict:
    address = f"{site}/api/v1/{which.name}/" + ("" if kind == "json" else f"?format={kind}")
    return {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": kind,
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": REGISTERED + MEDIA[kind]},
    }


def schema_of(site: str, name: str) -> dict:
    """The JSON Schema (2020-12) of one row. KeyError for a list that is not there."""
    which = lists()[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{site}/api/v1/catalog/{name}/schema/",
        "title": str(which.title or which.name),
        **row_schema(which.columns),
    }


def csvw_of(site: str, name: str) -> dict:
    """The csvw metadata of the list's csv. KeyError for a list that is not there."""
    which = lists()[name]
    columns = [_csvw_column(column) for column in which.columns]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh"}],
        "url": f"{site}/api/v1/{which.name}/?format=csv",
        "dc:title": str(which.title or which.name),
        "dc:description": which.description,
        "dialect": {"encoding": "utf-8", "header": True},
        "tableSchema": {"columns": columns, "primaryKey": list(which.key)},
    }


def _csvw_column(column: Column) -> dict:
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": DATATYPES[column.type],
        "required": not (column.is_nullable or column.type == "string"),
    }
