"""Who is behind an account. Where a rule asks for another person, it asks here: behind a token's account stands the
person who made the token, because that person can hold its secret."""

from collections.abc import Iterable

from accounts.models import AccessToken, User

UNKNOWN = 0  # made where nobody logs in (the command line), or by an account that is gone: one and the same person


def persons_behind(accounts: Iterable[int | None]) -> set[int]:
    """The persons behind these accounts, each by the id of the own account. None, the system itself, is nobody."""
    known = {account for account in accounts if account is not None}
    tokens = AccessToken.objects.filter(user__in=known).values_list("user", "created_by")
    makers: dict[int, int] = {account: maker or UNKNOWN for account, maker in tokens.order_by()}
    return {makers.get(account, account) for account in known}


def is_one_of(user: User, accounts: Iterable[int | None]) -> bool:
    """Whether the person behind `user` is behind any of these accounts too."""
    return bool(persons_behind([user.pk]) & persons_behind(accounts))
