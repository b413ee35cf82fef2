"""The audit log is sent to the office's log server as it is sealed: RFC 5424 messages, over UDP (RFC 5426), TCP with
octet counting (RFC 6587) or TLS (RFC 5425), where AUDIT_SYSLOG names one.

How far the server has been told stands in the database, for each address: while it cannot be reached nothing is lost,
and what was sent just before a fall is sent once more. Each message carries the number and the digest of its seal."""

import json
import logging
import os
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from journal.models import AuditEntry, AuditForward, AuditSeal
from journal.seals import seals_with_entries

PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
SECONDS = 5
AT_ONCE = 1000
LONGEST = {"udp": 2048, "tcp": 64 * 1024, "tls": 64 * 1024}  # bytes of a message: what RFC 5426 and servers take
AUDIT_FACILITY, NOTICE, INFO = 13, 5, 6
NOTABLE = {"login_failed", "refused"}
ENTERPRISE = "audit@32473"  # the number that RFC 5612 sets aside for who has none
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LogServer:
    """Where to, as AUDIT_SYSLOG says: udp://, tcp:// or tls://, a host, and a port where it is not the usual one."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> Self:
        """ValueError for what is none."""
        parts = urlsplit(address)
        port, rest = parts.port, parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if parts.scheme not in PORTS or not parts.hostname or rest:
            raise ValueError(address)
        return cls(parts.scheme, parts.hostname, port or PORTS[parts.scheme])

    @contextmanager
    def opened(self) -> Iterator[socket.socket]:
        if self.scheme == "udp":
            family, kind, protocol, _name, place = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, protocol) as plain:
                plain.connect(place)
                yield plain
            return
        with socket.create_connection((self.host, self.port), timeout=SECONDS) as plain:
            if self.scheme == "tcp":
                yield plain
                return
            context = ssl.create_default_context(cafile=settings.AUDIT_SYSLOG_CA_FILE or None)
            with context.wrap_socket(plain, server_hostname=self.host) as secure:
                yield secure

    def framed(self, message: bytes) -> bytes:
        """A datagram is a message; in a stream its length stands before it."""
        return message if self.scheme == "udp" else b"%d %s" % (len(message), message)


def forward() -> int:
    """Send what has been sealed since the last time; how many rows. A server that cannot be reached is told to the
    operator, and asked again the next time."""
    address = settings.AUDIT_SYSLOG
    if not address:
        return 0
    place, _made = AuditForward.objects.get_or_create(receiver=address[:200])
    server, count, number = LogServer.of(address), 0, place.number
    try:
        with server.opened() as opened:
            for seal, entry in seals_with_entries(place.number):
                if entry is not None:
                    opened.sendall(server.framed(message_of(seal, entry, LONGEST[server.scheme])))
                    count += 1
                number = seal.number
                if count == AT_ONCE:
                    break
    except OSError as error:
        log.error("The log server %s cannot be reached: %s", address, type(error).__name__)
        return 0
    AuditForward.objects.filter(pk=place.pk, number=place.number).update(number=number)
    return count


def message_of(seal: AuditSeal, entry: AuditEntry, longest: int) -> bytes:
    """RFC 5424: who, what and whence as structured data; old, new and reason as JSON, cut where it is too long."""
    severity = NOTICE if entry.action in NOTABLE else INFO
    at = entry.at.astimezone(timezone.get_current_timezone()).isoformat(timespec="microseconds")
    head = [f"<{AUDIT_FACILITY * 8 + severity}>1", at, _name(socket.gethostname(), 255)]
    head += ["county_urbanization", str(os.getpid()), _name(entry.action, 32)]
    facts = {"number": seal.number, "digest": seal.digest, "actor": entry.actor_name, "address": entry.address}
    facts |= {"channel": entry.channel, "subject": entry.subject, "key": entry.key, "area": entry.area_id or ""}
    told = " ".join(f'{name}="{_escaped(str(value))}"' for name, value in facts.items())
    words = json.dumps({"old": entry.old, "new": entry.new, "reason": entry.reason}, ensure_ascii=False)
    text = f"{' '.join(head)} [{ENTERPRISE} {told}] \ufeff{words}"
    return text.encode("utf-8", "replace")[:longest].decode("utf-8", "ignore").encode()


def _name(text: str, longest: int) -> str:
    """Printable ASCII without blanks; - where nothing of it is left."""
    return re.sub(r"[^!-~]", "", text)[:longest] or "-"


def _escaped(text: str) -> str:
    """As a value between quotes; what breaks lines is a blank."""
    return re.sub(r'(["\\\]])', r"\\\1", re.sub(r"[\x00-\x1f\x7f]", " ", text))
