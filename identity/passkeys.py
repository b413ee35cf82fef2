"""Passkeys (WebAuthn) as a second factor, by fido2: the browser signs a challenge of ours for this host alone, so that
a page that only looks like ours gets nothing that opens this one."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from accounts.models import User
from identity.models import Passkey

STATE = "passkey_state"  # the challenge that the browser was given
LONGEST = 20_000
FAULTS = (ValueError, TypeError, KeyError, AttributeError, IndexError)  # what a body that is none makes of the parser


def asked_to_make(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser's `create` is asked; the challenge stays in the session."""
    own = PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=user.username, display_name=user.username)
    options, state = _server(request).register_begin(
        own, _credentials(user), user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[STATE] = state
    return dict(options)


def made(request: HttpRequest, answer: str) -> AttestedCredentialData | None:
    """The new key, where the answer is one to the challenge that this browser was given; it counts once."""
    state = request.session.pop(STATE, None)
    if state is None or len(answer) > LONGEST:
        return None
    try:
        return _server(request).register_complete(state, json.loads(answer)).credential_data
    except FAULTS:
        return None


def asked_to_sign(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """What the browser's `get` is asked; None where the user has no passkey."""
    credentials = _credentials(user)
    if not credentials:
        return None
    options, state = _server(request).authenticate_begin(
        credentials, user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[STATE] = state
    return dict(options)


def signed(request: HttpRequest, user: User, answer: str) -> tuple[Passkey, int] | None:
    """Which of the user's keys has signed, and the key's own count; None where none has, or where the count has not
    grown: then there is a copy of the key."""
    state = request.session.pop(STATE, None)
    if state is None or len(answer) > LONGEST:
        return None
    try:
        given = json.loads(answer)
        used = _server(request).authenticate_complete(state, _credentials(user), given)
        count = AuthenticationResponse.from_dict(given).response.authenticator_data.counter
    except FAULTS:
        return None
    key = user.passkeys.filter(credential_id=websafe_encode(used.credential_id)).first()
    if key is None:
        return None
    is_counting = key.sign_count > 0  # a key that is kept by a service on several devices stays at 0
    if is_counting and count <= key.sign_count:
        return None
    return key, count


def _server(request: HttpRequest) -> Fido2Server:
    host = request.get_host()
    origin = f"{request.scheme}://{host}"
    own = PublicKeyCredentialRpEntity(id=host.rpartition(":")[0] or host, name=settings.API_REALM)
    return Fido2Server(own, verify_origin=lambda given: given == origin)


def _credentials(user: User) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(websafe_decode(text)) for text in user.passkeys.values_list("credential", flat=True)]
