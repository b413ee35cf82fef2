"""Requests that the site itself sends to addresses which people have typed.

Where it may go is decided by the address that a name resolves to, and the connection is made to that very address, so
that a name which resolves otherwise a moment later leads nowhere else. No redirect is followed, no proxy of the
environment is asked, an answer is read to a bound, and the whole is over within a time."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lib.internet_addresses import Address, Network, address_of, led_on_to, network_of

CONNECT_SECONDS = 3.0
SECONDS = 10.0
MOST_BYTES = 64 * 1024
PORTS = {"http": 80, "https": 443}
LONGEST = 500


class AddressRefused(Exception):
    """The address may not be asked, or is none; the words say why and carry nothing of its path."""


class NotReached(Exception):
    """Nothing was sent: no name, no connection, no TLS. It can be tried again without a second copy."""


class NoAnswer(Exception):
    """The request was on its way and no whole answer came: whether it was taken nobody knows."""


@dataclass(frozen=True)
class Answer:
    """What came back, the body cut at MOST_BYTES."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Allowed:
    """Where requests may go. Nothing listed: public addresses, by https. Something listed: that alone, by http too:
    host names, `*.` for all below one, addresses and networks. This machine, its link and what is no single host's
    address open only where the address itself is listed, whatever a listed name resolves to."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, listed: Iterable[str]) -> "Allowed":
        """Of the lines of a setting. ValueError names one that is neither a name nor an address."""
        names, networks = set(), []
        for line in listed:
            try:
                networks.append(network_of(line))
            except ValueError:
                name = line.strip().lower().rstrip(".")
                if not name.removeprefix("*.").replace("-", "").replace(".", "").isalnum():
                    raise ValueError(line) from None
                names.add(name)
        return cls(frozenset(names), tuple(networks))

    @property
    def is_listed(self) -> bool:
        """Whether somebody has said where."""
        return bool(self.names or self.networks)

    def has_name(self, host: str) -> bool:
        """Whether the name, or a `*.` above it, is listed."""
        if host in self.names:
            return True
        above = host
        while "." in above:
            _first, _dot, above = above.partition(".")
            if f"*.{above}" in self.names:
                return True
        return False

    def permits(self, host: str, address: Address) -> bool:
        """Whether a request to `host` may go to this address of its, and where the network leads on to from there."""
        if any(address in network for network in self.networks if network.version == address.version):
            return True
        if not all(self.permits(host, other) for other in led_on_to(address)):
            return False
        nowhere = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
        if nowhere or address.is_reserved:
            return False
        return self.has_name(host) if self.is_listed else address.is_global


@dataclass(frozen=True)
class Destination:
    """An address taken apart; `allowed` None: one that the operator has set, asked without a look."""

    scheme: str
    host: str
    port: int
    path: str
    allowed: Allowed | None = None

    @classmethod
    def of(cls, url: str, allowed: Allowed | None = None) -> "Destination":
        """AddressRefused for what is no plain address of a web service, or may not be asked by its looks."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise AddressRefused("地址写法不对") from None
        host = (parts.hostname or "").lower().rstrip(".")
        is_plain = len(url) <= LONGEST and url.isascii() and url.isprintable()
        if parts.scheme not in PORTS or not host or not is_plain:
            raise AddressRefused("地址应以 https:// 开头，后面是主机名和路径，只用英文字母、数字和符号")
        has_login = parts.username is not None or parts.password is not None
        if has_login or parts.fragment or " " in url:
            raise AddressRefused("地址里不能有用户名、密码、空格或 #")
        path = parts.path or "/"
        if parts.query:
            path += f"?{parts.query}"
        found = cls(parts.scheme, host, port or PORTS[parts.scheme], path, allowed)
        found._check_looks()
        return found

    def _check_looks(self) -> None:
        """What can be told without asking for the name."""
        if self.allowed is None:
            return
        address = address_of(self.host)
        if self.scheme == "http" and not self.allowed.is_listed:
            raise AddressRefused("没有列入许可的主机只能用 https://")
        if address is not None and not self.allowed.permits(self.host, address):
            raise AddressRefused("这个地址不在许可发送的范围内")
        is_foreign = self.allowed.is_listed and address is None and not self.allowed.networks
        if is_foreign and not self.allowed.has_name(self.host):
            raise AddressRefused("这个主机不在许可发送的范围内")

    def address(self) -> Address:
        """The one to connect to: every address of the name is permitted, or none is used."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise NotReached("找不到主机") from None
        addresses = [address_of(str(each[4][0])) for each in found]
        if self.allowed is not None:
            for address in addresses:
                if address is None or not self.allowed.permits(self.host, address):
                    raise AddressRefused("主机的地址不在许可发送的范围内")
        if not addresses or addresses[0] is None:
            raise NotReached("找不到主机")
        return addresses[0]


def ask(
    target: Destination,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    most: int = MOST_BYTES,
) -> Answer:
    """One request, a POST where there is a body; of the answer `most` bytes.
    AddressRefused, NotReached or NoAnswer where no answer came."""
    connection = _connected(target)
    watch = threading.Timer(SECONDS, _shut, [connection])
    watch.daemon = True
    watch.start()
    try:
        _encrypt(connection, target)
        connection.request("GET" if body is None else "POST", target.path, body, dict(headers or {}))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, answer.read(most))
    except (OSError, http.client.HTTPException):
        raise NoAnswer("没有收到完整的答复") from None
    finally:
        watch.cancel()
        connection.close()


def _connected(target: Destination) -> http.client.HTTPConnection:
    """A connection to the address that was looked at, in the clear."""
    address = target.address()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=SECONDS)
    try:
        plain = socket.create_connection((str(address), target.port), timeout=CONNECT_SECONDS)
    except OSError as error:
        raise NotReached(f"连接不上：{type(error).__name__}") from None
    plain.settimeout(SECONDS)
    connection.sock = plain
    return connection


def _encrypt(connection: http.client.HTTPConnection, target: Destination) -> None:
    """TLS, which knows the host by its name. The handshake too is within the time of the whole."""
    if target.scheme != "https":
        return
    connection.default_port = PORTS["https"]
    context = ssl.create_default_context()
    try:
        secure = context.wrap_socket(connection.sock, server_hostname=target.host, do_handshake_on_connect=False)
        connection.sock = secure  # before the handshake: whoever keeps the time finds it there
        secure.do_handshake()
    except (OSError, ValueError) as error:
        raise NotReached(f"加密连接没有建立：{type(error).__name__}") from None


def _shut(connection: http.client.HTTPConnection) -> None:
    """Ends a talk that has lasted too long, however slowly the other side goes on."""
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):  # closed, or over already
        return
