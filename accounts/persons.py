"""Who is behind an account. Where a rule asks for another person, it asks here: behind a token's account stands the
person who made the token, because that person can hold its secret."""

from collections.abc import Iterable

from accounts.models import AccessToken, User


def persons_behind(accounts: Iterable[int | None]) -> set[int]:
    """The persons behind these accounts, each by the id of the own account. None, the system itself, is nobody.

    A token of the command line has no known maker: the operator, who is the master of the whole host, hands it to the
    office that it is for. So it stands for itself, and not for the operator's other tokens."""
    accounts = {account for account in accounts if account is not None}
    tokens = AccessToken.objects.filter(user__in=accounts).values_list("user", "created_by")
    makers = dict(tokens.order_by())
    return {makers.get(account) or account for account in accounts}


def is_one_of(user: User, accounts: Iterable[int | None]) -> bool:
    """Whether the person behind `user` is behind any of these accounts too."""
    return bool(persons_behind([user.pk]) & persons_behind(accounts))
