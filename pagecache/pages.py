"""What each kept page depends on. A room says so of its own pages, in `CACHED` of its module `cached_pages`: so a new
page and its rule stand together, and nothing here knows a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from django.apps import apps
from django.db.models import QuerySet
from django.utils.module_loading import module_has_submodule

from accounts.models import User


def by_role(user: User) -> tuple:
    """Figures alone: a department has no way to the layer of unapproved values nor to the progress of units."""
    return (user.role == User.Role.DEPARTMENT,)


def by_role_and_office(user: User) -> tuple:
    """Those, and a way to change the target."""
    return by_role(user), user.imports_official_tables


def by_unit(user: User) -> tuple:
    """Figures, and what the reader's unit may do about them."""
    return (user.role, user.organisation_id, user.own_unit_id)


@dataclass(frozen=True)
class Page:
    """What a page depends on: of its `reader`, between the seams apart; of the data, all but the journal's topics in
    `unaffected_by` and what is about another indicator than the one that `indicator` names in the address; whether a
    recompute is asked for; whether the page tells the reader what waits for the reader's unit; and `own_rows` of the
    reader, shown between the seams: (a name that begins with `own-`, rows, the field of their moment).

    Only pages of official figures, which every login may read: no entry, no evidence, nothing that opens by itself."""

    reader: Callable[[User], tuple]
    unaffected_by: tuple[str, ...]
    indicator: str = ""
    tells_pending: bool = True
    tells_turn: bool = False
    own_rows: Callable[[User], Sequence[tuple[str, QuerySet, str]]] | None = None


@cache
def cached_pages() -> dict[str, Page]:
    """Name of the address → the page's rule, of every room."""
    found: dict[str, Page] = {}
    for room in apps.get_app_configs():
        if module_has_submodule(room.module, "cached_pages"):
            found |= import_module(f"{room.name}.cached_pages").CACHED
    return found
