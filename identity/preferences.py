"""What a person has chosen: kept for the person, and in each session, so that a page asks the database nothing.

A favourite is a pair of an address of this site and what its page is called."""

from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from identity.models import PersonalChoice

IN_SESSION = "hands"
MOST, LONGEST_PATH, LONGEST_TITLE = 30, 300, 80


def remember_choices(request: HttpRequest, user: User) -> None:
    """Put what the person has chosen into the session that begins."""
    row = PersonalChoice.objects.filter(user=user).first()
    if row:
        request.session[IN_SESSION] = _kept(row)


def appearance_of(request: HttpRequest) -> str:
    return request.session.get(IN_SESSION, {}).get("appearance", PersonalChoice.Appearance.AUTO)


def favourites_of(request: HttpRequest) -> list[tuple[str, str]]:
    """(address, title) in the order in which they were marked."""
    return [(path, title) for path, title in request.session.get(IN_SESSION, {}).get("favourites", [])]


def choose_appearance(request: HttpRequest, user: User, appearance: str) -> None:
    """ValueError for one that there is not."""
    chosen = PersonalChoice.Appearance(appearance)
    row, _created = PersonalChoice.objects.update_or_create(user=user, defaults={"appearance": chosen})
    request.session[IN_SESSION] = _kept(row)


@transaction.atomic
def mark(request: HttpRequest, user: User, path: str, title: str) -> bool:
    """Mark the page, or take the mark away where it has one; whether it has one now. The oldest goes where there are
    more than `MOST`."""
    PersonalChoice.objects.get_or_create(user=user)
    row = PersonalChoice.objects.select_for_update().get(user=user)
    others = [pair for pair in row.favourites if pair[0] != path]
    is_marked = len(others) == len(row.favourites)
    row.favourites = [*others, [path[:LONGEST_PATH], title[:LONGEST_TITLE]]][-MOST:] if is_marked else others
    row.save(update_fields=["favourites"])
    request.session[IN_SESSION] = _kept(row)
    return is_marked


def _kept(row: PersonalChoice) -> dict:
    return {"appearance": row.appearance, "favourites": row.favourites}
