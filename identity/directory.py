"""LDAP and Active Directory: find the person, then bind with the person's own password. A small client over sansldap's
messages; it speaks TLS from the start (ldaps://) or after StartTLS, and refuses to send a password in the clear unless
the server is on this machine or LDAP_PLAIN says so."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import sansldap
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.known_browsers import counted_name
from identity.arrival import Arrival, Attributes, NotTaken, arrival_of
from identity.models import Provider

SECONDS = 10
PORTS = {"ldap": 389, "ldaps": 636}
STARTTLS = sansldap.ExtendedOperations.LDAP_START_TLS.value
MOST_BYTES = 1_000_000
Entry = dict[str, list[bytes]]


class Unreachable(NotTaken):
    """The directory does not answer, or answers nonsense: local accounts come in as before."""


def arrived(username: str, password: str) -> Arrival | None:
    """Who it is, where the directory takes this password for this name; None where it does not. `Unreachable` where it
    cannot be asked."""
    if not username or not password:  # an empty password is an anonymous bind, which every directory takes
        return None
    try:
        return _asked(username, password)
    except (OSError, sansldap.LDAPError, ValueError, LookupError) as error:
        raise Unreachable(_("目录服务现在连不上，请稍后再试，或找系统管理员。")) from error


def _asked(username: str, password: str) -> Arrival | None:
    with _connected() as connection:
        if not connection.bind(settings.LDAP_BIND_DN, settings.LDAP_BIND_PASSWORD):
            raise LookupError("the directory refuses LDAP_BIND_DN")
        found = connection.search(username)
    if len(found) != 1:
        return None
    name, entry = found[0]
    if not _is_spelled(username, entry):
        return None
    with _connected() as connection:
        if not connection.bind(name, password):
            return None
    return _arrival(username, entry)


def _is_spelled(username: str, entry: Entry) -> bool:
    """Whether the name was typed as the directory has it, but for large and small letters. Directories take more for
    the same, such as blanks and accents: each spelling would have guesses of its own."""
    names = entry.get(settings.LDAP_LOGIN_ATTRIBUTE.lower(), [])
    return counted_name(username) in {counted_name(_text(name)) for name in names}


def _arrival(username: str, entry: Entry) -> Arrival:
    values = {key: [_text(value) for value in values] for key, values in entry.items()}
    subject = values.get(settings.LDAP_SUBJECT_ATTRIBUTE.lower(), [""])[0]
    names = Attributes(
        settings.LDAP_LOGIN_ATTRIBUTE.lower(),
        settings.LDAP_NAME_ATTRIBUTE.lower(),
        settings.LDAP_UNIT_ATTRIBUTE.lower(),
        settings.LDAP_POST_ATTRIBUTE.lower(),
    )
    return arrival_of(Provider.LDAP, subject, values, names)


def _text(value: bytes) -> str:
    """As text; what is none, such as Active Directory's objectGUID, as its digits."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


class _Connection:
    """One connection: what is asked, one after the other."""

    def __init__(self, sock: socket.socket):
        self.sock, self.client, self.read = sock, sansldap.LDAPClient(), 0

    def start_tls(self, host: str) -> None:
        self.client.extended_request(STARTTLS)
        if not self._is_success():
            raise LookupError("the directory refuses StartTLS")
        self.client = sansldap.LDAPClient()  # what came beside the answer, before TLS, may be anybody's
        self.sock = _context().wrap_socket(self.sock, server_hostname=host)

    def bind(self, name: str, password: str) -> bool:
        self.client.bind_simple(name, password)
        return self._is_success()

    def _is_success(self) -> bool:
        answer = next(self._answers())
        if not isinstance(answer, (sansldap.BindResponse, sansldap.ExtendedResponse)):
            raise LookupError("the directory answers something else than was asked")
        return answer.result.result_code == sansldap.LDAPResultCode.SUCCESS

    def search(self, username: str) -> list[tuple[str, Entry]]:
        """(DN, attributes by lower-case name) of the entries of that login name, two at the most."""
        wanted = [
            settings.LDAP_SUBJECT_ATTRIBUTE,
            settings.LDAP_LOGIN_ATTRIBUTE,
            settings.LDAP_NAME_ATTRIBUTE,
            settings.LDAP_UNIT_ATTRIBUTE,
            settings.LDAP_POST_ATTRIBUTE,
        ]
        of_name = sansldap.FilterEquality(settings.LDAP_LOGIN_ATTRIBUTE, username.encode())
        conditions: list[sansldap.LDAPFilter] = [of_name]
        if settings.LDAP_FILTER:
            conditions.append(sansldap.LDAPFilter.from_string(settings.LDAP_FILTER))
        self.client.search_request(
            settings.LDAP_BASE,
            size_limit=2,  # of two nobody is meant, and of more neither
            time_limit=SECONDS,
            filter=sansldap.FilterAnd(conditions),
            attributes=[each for each in wanted if each],
        )
        found = []
        for answer in self._answers():
            if isinstance(answer, sansldap.SearchResultEntry):
                attributes = {each.name.lower(): list(each.values) for each in answer.attributes}
                found.append((answer.object_name, attributes))
            elif isinstance(answer, sansldap.SearchResultDone):
                fine = {sansldap.LDAPResultCode.SUCCESS, sansldap.LDAPResultCode.SIZE_LIMIT_EXCEEDED}
                if answer.result.result_code not in fine:
                    raise LookupError("the directory refuses the search")
                break
        return found

    def _answers(self) -> Iterator[sansldap.LDAPMessage]:
        self.sock.sendall(self.client.data_to_send())
        while True:
            data = self.sock.recv(65536)
            self.read += len(data)
            if not data or self.read > MOST_BYTES:
                raise ConnectionError("the directory hung up, or says too much")
            yield from self.client.receive(data)


def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.LDAP_CA_FILE or None)


@contextmanager
def _connected() -> Iterator[_Connection]:
    place = urlsplit(settings.LDAP_URL)
    host, port = place.hostname or "", place.port or PORTS[place.scheme]
    with socket.create_connection((host, port), timeout=SECONDS) as plain:
        if place.scheme == "ldaps":
            with _context().wrap_socket(plain, server_hostname=host) as secure:
                yield _Connection(secure)
            return
        connection = _Connection(plain)
        try:
            if settings.LDAP_START_TLS:
                connection.start_tls(host)
            yield connection
        finally:
            connection.sock.close()
