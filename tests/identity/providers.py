"""Servers that people prove at who they are, on this machine: an OpenID Connect provider from PyPI, Debian's slapd, and
the protocol of CAS 3 by a server of a page. Each for as long as its block lasts."""

import json
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools.services import free_port

SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
SCHEMAS = Path("/etc/ldap/schema")
BASE, READER = "dc=example,dc=cn", ("cn=reader,dc=example,dc=cn", "the reader's own")


# OpenID Connect -----------------------------------------------------------------------------------


@contextmanager
def oidc_server(people: list[dict]):
    """The address of a provider that takes whoever is asked for by `sub`, with these claims."""
    port = free_port()
    told = [part for person in people for part in ("--user-claims", json.dumps(person))]
    asked = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *told]
    server = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for_page(f"{address}/.well-known/openid-configuration")
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait_for_page(address: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            requests.get(address, timeout=5).raise_for_status()
        except requests.RequestException:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


# CAS ----------------------------------------------------------------------------------------------


class CasServer(ThreadingHTTPServer):
    """Who asks for `/login` is taken for `person` at once; a ticket is good once, for the service it was made for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _CasPages)
        self.person, self.attributes, self.tickets = "", {}, {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cas"


class _CasPages(BaseHTTPRequestHandler):
    def do_GET(self):
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/cas/login":
            ticket = f"ST-{secrets.token_hex(8)}"
            self.server.tickets[ticket] = asked["service"], self.server.person, dict(self.server.attributes)
            joint = "&" if "?" in asked["service"] else "?"
            self.send_response(302)
            self.send_header("Location", asked["service"] + joint + urlencode({"ticket": ticket}))
            self.end_headers()
        elif place.path == "/cas/p3/serviceValidate":
            service, person, attributes = self.server.tickets.pop(asked["ticket"], ("", "", {}))
            self._validated(person if person and service == asked["service"] else "", attributes)
        else:
            self.send_error(404)

    def _validated(self, person, attributes):
        told = "".join(
            f"<cas:{name}>{escape(value)}</cas:{name}>"
            for name, values in attributes.items()
            for value in ([values] if isinstance(values, str) else values)
        )
        inner = (
            f"<cas:authenticationSuccess><cas:user>{escape(person)}</cas:user>"
            f"<cas:attributes>{told}</cas:attributes></cas:authenticationSuccess>"
            if person
            else '<cas:authenticationFailure code="INVALID_TICKET">not recognised</cas:authenticationFailure>'
        )
        body = f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{inner}</cas:serviceResponse>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def cas_server():
    server = CasServer()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# LDAP ---------------------------------------------------------------------------------------------

CONFIG = """
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
allow bind_anon_dn
database mdb
maxsize 10485760
suffix "{base}"
directory {folder}/data
rootdn "{reader}"
rootpw "{secret}"
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""
ROOT_ENTRIES = f"""dn: {BASE}
objectClass: domain
dc: example

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people
"""
PERSON = """
dn: {dn}
objectClass: inetOrgPerson
uid: {uid}
cn: {name}
sn: {name}
departmentNumber: {unit}
title: {post}
userPassword: {password}
"""


class Directory:
    """A slapd of its own; `put` adds a person, `move` changes the post."""

    def __init__(self, folder: Path, port: int, secure_port: int):
        self.folder, self.port, self.secure_port = folder, port, secure_port

    @property
    def secure_address(self) -> str:
        """TLS from the start."""
        return f"ldaps://localhost:{self.secure_port}"

    @property
    def settings(self) -> dict:
        name, secret = READER
        return {
            "LDAP_URL": f"ldap://localhost:{self.port}",
            "LDAP_BASE": BASE,
            "LDAP_BIND_DN": name,
            "LDAP_BIND_PASSWORD": secret,
            "LDAP_CA_FILE": str(self.folder / "server.pem"),
        }

    def put(self, uid, *, name, unit, post="科员", password="in the directory", under="ou=people"):
        dn = f"uid={uid},{under},{BASE}"
        self._ldap("ldapadd", PERSON.format(dn=dn, uid=uid, name=name, unit=unit, post=post, password=password))

    def move(self, uid, *, unit, post):
        lines = ["changetype: modify", "replace: departmentNumber", f"departmentNumber: {unit}", "-"]
        lines += ["replace: title", f"title: {post}"]
        self._ldap("ldapmodify", "\n".join([f"dn: uid={uid},ou=people,{BASE}", *lines, ""]))

    def _ldap(self, command, ldif):
        name, secret = READER
        asked = [command, "-x", "-H", f"ldap://127.0.0.1:{self.port}", "-D", name, "-w", secret]
        subprocess.run(asked, input=ldif, text=True, check=True, capture_output=True)


@contextmanager
def directory(folder: Path):
    port, secure_port = free_port(), free_port()
    (folder / "data").mkdir()
    certificate(folder)
    name, secret = READER
    config = folder / "slapd.conf"
    config.write_text(CONFIG.format(schemas=SCHEMAS, folder=folder, base=BASE, reader=name, secret=secret))
    doors = f"ldap://127.0.0.1:{port} ldaps://127.0.0.1:{secure_port}"
    asked = [SLAPD, "-d", "0", "-f", str(config), "-h", doors]
    server = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        found = Directory(folder, port, secure_port)
        _wait_for(found)
        yield found
    finally:
        server.terminate()
        server.wait()


def _wait_for(found: Directory) -> None:
    """Until it takes the root entries."""
    end = time.monotonic() + 20
    while True:
        try:
            found._ldap("ldapadd", ROOT_ENTRIES)
        except subprocess.CalledProcessError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def certificate(folder: Path) -> None:
    """Signed by itself, for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "server.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
