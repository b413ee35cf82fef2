"""Receivers on the loopback address, each on a port of its own: an SMTP server, and an HTTP server that speaks as a
subscriber's program, DingTalk or WeCom do. What they have taken stands in `taken`."""

import base64
import email
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class SmtpTalk(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as smtplib speaks. `server.failing`: "greet" hangs up at once, "data" takes the letter and
    hangs up without an answer, a number is the answer to it."""

    def handle(self):
        failing = self.server.failing
        if failing == "greet":
            return
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("DATA"):
                self.say("354 go")
                if not self.take():
                    return
            elif verb.startswith("QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        failing = self.server.failing
        if failing and failing != "data":
            self.say(f"{failing} no")
            return True
        self.server.taken.append(email.message_from_bytes(b"".join(lines), policy=default))
        if failing == "data":
            return False
        self.say("250 taken")
        return True

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SmtpTalk)
        self.taken, self.failing = [], ""


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Behaviour:
    """How the HTTP receiver answers: statuses in turn, then 200; `hold`: not before this event."""

    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    hangs_up: bool = False


class HttpTalk(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body):
        server, parts = self.server, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        request = Request(parts.path, query, {k.lower(): v for k, v in self.headers.items()}, body)
        if server.behaviour.hold is not None:
            server.behaviour.hold.wait(10)
        if server.behaviour.hangs_up:
            server.seen.append(request)
            return
        statuses = server.behaviour.statuses
        status, told = server.speak(request, statuses.pop(0) if statuses else 200)
        content = json.dumps(told).encode()
        self.send_response(status)
        for name, value in server.behaviour.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words):
        """Says nothing."""


class HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), HttpTalk)
        self.behaviour, self.taken, self.seen = Behaviour(), [], []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A caller that hangs up is no fault of the test."""

    def speak(self, request: Request, status: int) -> tuple[int, dict]:
        self.seen.append(request)
        if status == 200:
            self.taken.append(request)
        return status, {}


SECRET, APP = "SECabc", ("key", "app-secret")


class DingTalk(HttpServer):
    """open.dingtalk.com: robots with a signature, `gettoken`, work notices. `busy`: how many it turns away first."""

    busy = 0

    def speak(self, request, status):
        self.seen.append(request)
        if status != 200:
            return status, {}
        found = getattr(self, request.path.rpartition("/")[2])(request)
        return 200, {"errmsg": "ok"} | found

    def send(self, request):
        stamp = request.query.get("timestamp", "")
        signed = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
        if (
            request.query["access_token"] != "robot-token"
            or request.query.get("sign") != base64.b64encode(signed).decode()
        ):
            return {"errcode": 310000, "errmsg": "sign not match robot-token"}
        return self.take(request, 130101)

    def gettoken(self, request):
        ok = (request.query["appkey"], request.query["appsecret"]) == APP
        return {"errcode": 0, "access_token": "at-1", "expires_in": 7200} if ok else {"errcode": 40089}

    def asyncsend_v2(self, request):
        if request.query["access_token"] != "at-1" or not request.json["userid_list"]:
            return {"errcode": 40014}
        return self.take(request, 90018) | {"task_id": 1}

    def take(self, request, turned_away):
        if self.busy:
            self.busy -= 1
            return {"errcode": turned_away}
        self.taken.append(request.json.get("msg", request.json))
        return {"errcode": 0}


class WeCom(HttpServer):
    """developer.work.weixin.qq.com: robots of groups; texts of 2,048 bytes at the most."""

    busy = 0

    def speak(self, request, status):
        self.seen.append(request)
        if status != 200:
            return status, {}
        text = request.json["text"]["content"]
        if request.query["key"] != "wecom-key" or len(text.encode()) > 2048:
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url wecom-key"}
        if self.busy:
            self.busy -= 1
            return 200, {"errcode": 45009}
        self.taken.append(request.json)
        return 200, {"errcode": 0}


@contextmanager
def listening(server: socketserver.BaseServer) -> Iterator:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
