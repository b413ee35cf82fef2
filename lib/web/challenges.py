"""How the API tells who is not let in how to come in."""

from django.conf import settings


def challenge(**parameters: str) -> str:
    """The value of WWW-Authenticate (RFC 6750): how to come in, and what is wrong with the token that was sent."""
    told = {"realm": settings.API_REALM, **parameters}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in told.items())
