"""The secrets that webhooks are signed with. None is stored: each is made of SECRET_KEY, of what names the program, and
of how often its secret was renewed. So neither the database nor a backup holds one, and a site that gets another
SECRET_KEY gives out new ones."""

from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from lib.web.standard_webhooks import secret_text
from messaging.models import Endpoint

SALT = "messaging.signing"
OVERLAP = timedelta(days=1)  # for so long after a renewal the old secret signs as well


def key_of(endpoint: Endpoint, generation: int) -> bytes:
    """32 bytes."""
    return salted_hmac(SALT, f"{endpoint.uid}/{generation}", algorithm="sha256").digest()


def secret_of(endpoint: Endpoint) -> str:
    """The present one, as it is shown once to whoever registers or renews."""
    return secret_text(key_of(endpoint, endpoint.generation))


def keys_in_force(endpoint: Endpoint, at: datetime) -> list[bytes]:
    """The present key first, and beside it the one before while it is not a day since the renewal."""
    keys = [key_of(endpoint, endpoint.generation)]
    if endpoint.renewed_at is not None and at < endpoint.renewed_at + OVERLAP:
        keys.append(key_of(endpoint, endpoint.generation - 1))
    return keys
