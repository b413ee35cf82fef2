"""Short secrets that have to be read again, such as those of one-time codes: in the database they stand sealed by a key
made of SECRET_KEY, so that a copy of the database alone opens nothing. Another SECRET_KEY reads none of them."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class NotOpened(ValueError):
    """Sealed by another key, or damaged."""


def seal(text: str) -> str:
    """What is kept in the text's place; another one at each call."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text; `NotOpened` where this site's key did not seal it."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise NotOpened("sealed by another SECRET_KEY") from error


def _box() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lib.sealed_text").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
