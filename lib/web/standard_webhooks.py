"""Standard Webhooks (https://www.standardwebhooks.com): how a message is signed, so that who receives it knows the
sender, and that it is neither altered nor an old one sent again."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def secret_text(key: bytes) -> str:
    """A key as it is handed to the receiver."""
    return PREFIX + base64.b64encode(key).decode()


def signature(key: bytes, identity: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over identity, Unix time and body, joined by dots."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(keys: Sequence[bytes], identity: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Of one attempt. While a secret is being renewed there are two keys, and a signature by each."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "county-urbanization-webhooks/1",
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, identity, timestamp, body) for key in keys),
    }
