"""Tables that a person has sent and not confirmed: they wait a day, each at its preview."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.models import User
from figures.official_imports import ObservationDoor, PlanDoor
from funding.file_views import FlowDoor
from lib.files.shelf import Shelf
from peers.upload import PeerDoor
from projects.workbooks.views import RegisterDoor
from reporting.workbooks.views import SheetDoor
from uploads.doors import Door
from uploads.models import UploadedTable

DOORS: dict[type[Door], Any] = {
    SheetDoor: gettext_lazy("报送表"),
    RegisterDoor: gettext_lazy("项目"),
    FlowDoor: gettext_lazy("资金"),
    PeerDoor: gettext_lazy("参照地区"),
    PlanDoor: PlanDoor.title,
    ObservationDoor: ObservationDoor.title,
}


@dataclass(frozen=True)
class OpenUpload:
    """`what`: which kind of table; `href`: its preview; `until`: when it goes by itself."""

    name: str
    what: str
    href: str
    until: datetime


def open_uploads(user: User) -> list[OpenUpload]:
    """What this person has sent and not confirmed, the oldest first."""
    found = [upload for door in DOORS for upload in _of_door(door, user)]
    return sorted(found, key=lambda upload: upload.until)


def _of_door(door: type[Door], user: User) -> Iterator[OpenUpload]:
    kept = Shelf(door.kind).kept_of(user.pk)
    tokens = [token for token, _about, _until in kept]
    recorded = set(UploadedTable.objects.filter(token__in=tokens).values_list("token", flat=True)) if tokens else set()
    for token, about, until in kept:
        if token not in recorded:
            place = about["place"].split("/") if about["place"] else []
            href = reverse(door.pages["preview"], args=[*place, token])
            yield OpenUpload(about["name"], str(DOORS[door]), href, datetime.fromtimestamp(until, UTC))
