"""The bill of materials of a release, in CycloneDX: every package with its version, its licence, its wheels with their
hashes, and what needs what. Read out of the wheels themselves; the same wheels give the same bytes."""

import tomllib
import zipfile
from collections.abc import Iterable
from datetime import datetime
from email.message import Message
from email.parser import Parser
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tools.wheels import ROOT, Wheel

MOST = 100  # letters of a licence's name; some packages put the whole text there


def write_sbom(wheels: Iterable[Wheel], folder: Path, *, at: datetime) -> str:
    """JSON of CycloneDX 1.6. `folder`: where the wheels lie; `at`: the moment of the release."""
    by_package: dict[tuple[str, str], list[Wheel]] = {}
    for wheel in wheels:
        by_package.setdefault(wheel.about[:2], []).append(wheel)
    about = {key: _metadata(folder / found[0].filename) for key, found in by_package.items()}
    components = {key: _component(key, found, about[key]) for key, found in by_package.items()}
    site = _site()
    needs = {key: _needed(about[key].get_all("Requires-Dist") or [], components) for key in components}
    dependencies = [Dependency(components[key].bom_ref, _links(found)) for key, found in needs.items()]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dependencies.append(Dependency(site.bom_ref, _links(_needed(project["dependencies"], components))))
    names = "\n".join(sorted(wheel.sha256 for found in by_package.values() for wheel in found))
    bom = Bom(
        components=components.values(),
        dependencies=dependencies,
        metadata=BomMetaData(component=site, timestamp=at),
        serial_number=uuid5(NAMESPACE_URL, names),
    )
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def site_version() -> str:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def _site() -> Component:
    version = site_version()
    ref = f"county_urbanization@{version}"
    return Component(name="county_urbanization", version=version, type=ComponentType.APPLICATION, bom_ref=ref)


def _component(key: tuple[str, str], wheels: list[Wheel], about: Message) -> Component:
    """A package; its wheels stand below it as files."""
    name, version = key
    purl = PackageURL("pypi", name=name, version=version)
    return Component(
        name=name,
        version=version,
        bom_ref=purl.to_string(),
        purl=purl,
        description=about.get("Summary"),
        licenses=[LicenseFactory().make_from_string(words) for words in [licence_of(about)] if words],
        components=[_file(wheel, purl.to_string()) for wheel in wheels],
    )


def _file(wheel: Wheel, of: str) -> Component:
    digest = HashType(alg=HashAlgorithm.SHA_256, content=wheel.sha256)
    ref = f"{of}#{wheel.filename}"
    return Component(name=wheel.filename, type=ComponentType.FILE, hashes=[digest], bom_ref=ref)


def licence_of(about: Message) -> str:
    """What a package says of its licence: as an expression, by its classifiers, or in a short name."""
    if expression := about.get("License-Expression"):
        return expression
    classified = [words for words in about.get_all("Classifier") or [] if words.startswith("License ::")]
    if classified:
        return " OR ".join(words.rpartition(" :: ")[2] for words in classified)
    first, *_rest = (about.get("License") or "").strip().splitlines() or [""]
    return first if len(first) <= MOST else f"{first[:MOST]}…"


def _metadata(wheel: Path) -> Message:
    name, version, _build, _tags = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        member = next(
            each for each in archive.namelist() if each.endswith(".dist-info/METADATA") and each.count("/") == 1
        )
        found = Parser().parsestr(archive.read(member).decode("utf-8"))
    if (canonicalize_name(found["Name"]), found["Version"]) != (name, str(version)):
        raise ValueError(f"{wheel.name} is of {found['Name']} {found['Version']}")
    return found


def _needed(asked: Iterable[str], components: dict[tuple[str, str], Component]) -> list[Component]:
    """The components that these requirements may lead to, whatever the machine."""
    names = {canonicalize_name(Requirement(words).name) for words in asked}
    return [component for (name, _version), component in components.items() if name in names]


def _links(components: list[Component]) -> list[Dependency]:
    return [Dependency(component.bom_ref) for component in components]
