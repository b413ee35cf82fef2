"""What a passkey has to have signed: this browser's challenge, for this host, by a key of this account. Chromium's own
virtual key (tests/browser/test_identity.py) never signs anything else; this one, in a few lines, does."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from identity.models import Passkey
from identity.passkeys import STATE
from tests.identity.test_factors import fresh

LOGIN, SECOND, NEW = "/accounts/login/", "/accounts/second/", "/accounts/factors/passkeys/"
HERE, ORIGIN = "testserver", "http://testserver"
FLAG = AuthenticatorData.FLAG


@dataclass
class Key:
    """A key in software: what a browser and its authenticator send, or what somebody makes up."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    pk: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def _answer(self, **response: bytes) -> str:
        named = {name: websafe_encode(value) for name, value in response.items()}
        own = websafe_encode(self.pk)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": named})

    def made(self, challenge: str, *, origin: str = ORIGIN, host: str = HERE) -> str:
        public = ES256.from_cryptography_key(self.private.public_key())
        own = AttestedCredentialData.create(bytes(16), self.pk, public)
        data = AuthenticatorData.create(sha256(host.encode()).digest(), FLAG.UP | FLAG.AT, 0, own)
        told = CollectedClientData.create("webauthn.create", challenge, origin)
        return self._answer(clientDataJSON=told, attestationObject=AttestationObject.create("none", data, {}))

    def signed(
        self, challenge: str, *, origin: str = ORIGIN, host: str = HERE, count: int = 1, kind: str = "webauthn.get"
    ) -> str:
        data = AuthenticatorData.create(sha256(host.encode()).digest(), FLAG.UP, count)
        told = CollectedClientData.create(kind, challenge, origin)
        signature = self.private.sign(data + told.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=told, authenticatorData=data, signature=signature)


def challenge_of(client: Client) -> str:
    return client.session[STATE]["challenge"]


def registered(client: Client, **more: str) -> Key:
    """A key that the account of who is logged in there has been given, or was to be given."""
    fresh(client)
    client.get("/accounts/factors/")
    key = Key()
    client.post(NEW, {"name": "钥匙", "passkey": key.made(challenge_of(client), **more)})
    return key


def half_in(username: str) -> Client:
    client = Client()
    client.post(LOGIN, {"username": username, "password": "demo", "next": "/plan/"})
    client.get(SECOND)
    return client


def is_in(client: Client, answer: str) -> bool:
    client.post(SECOND, {"passkey": answer})
    return client.get("/plan/").status_code == 200


@pytest.fixture
def key(login):
    found = registered(login("tonglu"))
    assert Passkey.objects.count() == 1
    return found


def test_what_the_own_key_signs_opens(key):
    client = half_in("tonglu")
    assert is_in(client, key.signed(challenge_of(client)))
    found = Passkey.objects.get(user__username="tonglu")
    assert (found.sign_count, found.last_used_at is not None) == (1, True)


@pytest.mark.parametrize(
    "more",
    [{"origin": "https://testserver.example"}, {"host": "testserver.example"}, {"kind": "webauthn.create"}],
    ids=["another page", "another host", "another purpose"],
)
def test_what_was_signed_for_something_else_opens_nothing(key, more):
    client = half_in("tonglu")
    assert not is_in(client, key.signed(challenge_of(client), **more))


def test_what_another_key_signs_under_the_name_of_this_one_opens_nothing(key):
    client, other = half_in("tonglu"), Key(pk=key.pk)
    assert not is_in(client, other.signed(challenge_of(client)))


def test_somebody_else_s_key_opens_nothing(key, login):
    other = registered(login("chunan"))
    client = half_in("tonglu")
    assert not is_in(client, other.signed(challenge_of(client)))


def test_an_answer_counts_once_and_in_the_browser_that_was_asked(key):
    client, other = half_in("tonglu"), half_in("tonglu")
    answer = key.signed(challenge_of(client), count=0)
    assert not is_in(other, answer)
    assert is_in(client, answer)
    assert not is_in(half_in("tonglu"), answer)
    client = half_in("tonglu")
    asked = challenge_of(client)
    client.post(SECOND, {"passkey": "{}"})
    assert not is_in(client, key.signed(asked, count=0))


def test_a_copy_of_a_key_shows_by_its_count(key):
    client = half_in("tonglu")
    assert is_in(client, key.signed(challenge_of(client), count=7))
    for count in (6, 7):
        client = half_in("tonglu")
        assert not is_in(client, key.signed(challenge_of(client), count=count))
    client = half_in("tonglu")
    assert is_in(client, key.signed(challenge_of(client), count=8))


@pytest.mark.parametrize("more", [{"origin": "https://testserver.example"}, {"host": "testserver.example"}])
def test_a_key_made_for_another_page_or_host_is_not_taken(login, more):
    registered(login("tonglu"), **more)
    assert Passkey.objects.count() == 0


def test_a_key_made_for_another_challenge_is_not_taken(login):
    client, other = login("tonglu"), login("chunan")
    for each in (client, other):
        fresh(each)
        each.get("/accounts/factors/")
    client.post(NEW, {"name": "钥匙", "passkey": Key().made(challenge_of(other))})
    assert Passkey.objects.count() == 0
    other.post(NEW, {"name": "钥匙", "passkey": Key().made(challenge_of(other))})
    assert list(Passkey.objects.values_list("user__username", flat=True)) == ["chunan"]
