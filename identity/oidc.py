"""OpenID Connect: to the provider's login and back, by Authlib, which looks after state, nonce, PKCE and the signature.
Only the code flow; nothing of the provider's tokens is kept."""

from functools import lru_cache

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from authlib.integrations.django_client.apps import DjangoOAuth2App
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from joserfc.errors import JoseError
from requests import RequestException

from identity.arrival import Arrival, Attributes, NotTaken, arrival_of
from identity.models import Provider

SECONDS = 10  # for each answer of the provider
NAME, STATE = "oidc", "_state_oidc_"  # what Authlib's rows in the session begin with
MOST_WINDOWS = 5


def to_login(request: HttpRequest, back: str) -> HttpResponse:
    """To the provider, which leads on to `back`. `NotTaken` where it cannot be asked."""
    _forget_older_states(request)
    try:
        return _client(*_asked()).authorize_redirect(request, back)
    except (RequestException, AuthlibBaseError, ValueError) as error:
        raise NotTaken(_("统一身份认证现在连不上，请稍后再试，或找系统管理员。")) from error


def _forget_older_states(request: HttpRequest) -> None:
    """Who sets out again and again without coming back does not fill the session: the last windows count."""
    states = [key for key in request.session.keys() if key.startswith(STATE)]  # noqa: SIM118  # a session is no dict
    for key in states[: max(len(states) - MOST_WINDOWS + 1, 0)]:
        del request.session[key]


def arrived(request: HttpRequest) -> Arrival:
    """Who came back from the provider. `NotTaken` where the answer is not one to what this browser was sent for."""
    client = _client(*_asked())
    try:
        token = client.authorize_access_token(request, leeway=60)
        claims = _claims(client, token)
    except (RequestException, AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        raise NotTaken(_("统一身份认证的答复不能用，请重新登录。")) from error
    names = Attributes(
        settings.OIDC_USERNAME_CLAIM, settings.OIDC_NAME_CLAIM, settings.OIDC_UNIT_CLAIM, settings.OIDC_POST_CLAIM
    )
    return arrival_of(Provider.OIDC, str(claims.get("sub", "")), claims, names)


def _claims(client: DjangoOAuth2App, token: dict) -> dict:
    """What the signed ID token says; where the unit is not in it, what the provider answers to the access token too."""
    claims = dict(token.get("userinfo") or {})
    if settings.OIDC_UNIT_CLAIM in claims or "userinfo_endpoint" not in client.server_metadata:
        return claims
    told = dict(client.userinfo(token=token))
    return told | claims if told.get("sub") == claims.get("sub") else claims


def _asked() -> tuple[str, str, str]:
    return settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET


@lru_cache(maxsize=4)
def _client(issuer: str, client_id: str, secret: str) -> DjangoOAuth2App:
    """Asks the provider once where its doors are, and keeps that."""
    return OAuth().register(
        NAME,
        client_id=client_id,
        client_secret=secret or None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.OIDC_SCOPES,
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
            **({} if secret else {"token_endpoint_auth_method": "none"}),  # nosec B105  # a client without a secret
        },
    )
