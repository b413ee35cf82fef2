"""Snapshots in the catalogue of data: what is always there under `latest`, and every file that is kept now, with its
size and checksum (DCAT 3 takes SPDX's words for these)."""

from lib.listapi.catalogue import REGISTERED, chinese
from snapshots.addresses import MEDIA, path_of
from snapshots.facts import FACTS
from snapshots.files import ENDINGS, SnapshotFile, kept_files

PLACE = "/api/v1/snapshots/"
SHA256 = {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"}
SINCE = (
    "只含某个变更编号之后变了的行，撤回的也在内：把上一个快照的编号写在 after 里，"
    "例如 /api/v1/snapshots/latest/?after=1023。这里列出现在留着的文件，别的在取的时候生成。"
)


def snapshot_datasets(site: str, publisher: dict) -> list[dict]:
    """Two datasets: whole snapshots and incremental ones. `site` has no last slash."""
    kept = kept_files()
    whole = [_distribution(site, f"{PLACE}latest/?format={form}", form) for form in ENDINGS]
    whole += [_of_file(site, each) for each in kept if not each.after]
    changes = [_of_file(site, each) for each in kept if each.after]
    since = _dataset(site, "snapshots/incremental", "增量快照", SINCE, publisher, changes)
    since["dcat:landingPage"] = {"@id": f"{site}{PLACE}"}
    return [_dataset(site, "snapshots", "整体快照", FACTS.description, publisher, whole), since]


def _dataset(site: str, name: str, title: str, words: str, by: dict, distributions: list[dict]) -> dict:
    return {
        "@id": f"{site}/api/v1/catalog/#{name}",
        "@type": "dcat:Dataset",
        "dct:identifier": name,
        "dct:title": chinese(title),
        "dct:description": chinese(words),
        "dct:publisher": by,
        "dct:conformsTo": {"@id": f"{site}/api/schema/#/components/schemas/{FACTS.item}"},
        "dcat:distribution": distributions,
    }


def _distribution(site: str, path: str, form: str) -> dict:
    return {
        "@id": f"{site}{path}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": form,
        "dcat:accessURL": {"@id": f"{site}{path}"},
        "dcat:downloadURL": {"@id": f"{site}{path}"},
        "dcat:mediaType": {"@id": REGISTERED + MEDIA[form].partition(";")[0]},
    }


def _of_file(site: str, found: SnapshotFile) -> dict:
    return _distribution(site, path_of(found), found.format) | {
        "dcat:version": str(found.number),
        "dct:modified": {"@type": "xsd:dateTime", "@value": found.at},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(found.bytes)},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": SHA256,
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": found.sha256},
        },
    }
