"""Who is not known sends little, and nothing of what he sends too much of is read; who is known waits for his turn."""

import socket
from threading import BoundedSemaphore

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lib.web import body_limit
from tests.servers import served, site_environment

MEGABYTE = 2**20
DOORS = ("/accounts/login/", "/accounts/password/", "/imports/", "/language/", "/api/v1/areas/", "/admin/login/")


class Unread:
    """A body that nobody may read."""

    def read(self, *_size):
        raise AssertionError("read")

    readline = read


def send_unread(client: Client, path: str, length: int):
    more = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": Unread()}
    return client.generic("POST", path, **more)


@pytest.mark.parametrize("path", DOORS)
def test_a_stranger_s_long_body_is_not_read(db, path):
    client = Client()
    client.cookies["sessionid"] = "a" * 32  # of no session
    answer = send_unread(client, path, MEGABYTE + 1)
    assert (answer.status_code, "一次最多发送 1 MB" in answer.content.decode()) == (413, True)


def test_a_stranger_s_short_body_is_read(db):
    client = Client()
    form = {"username": "nobody", "password": "x", "file": SimpleUploadedFile("a", b"x" * (MEGABYTE - 1000))}
    assert client.post("/accounts/login/", form).status_code == 200


def test_who_is_in_sends_more(clients):
    form = {"old_password": "wrong", "file": SimpleUploadedFile("a", b"x" * 2 * MEGABYTE)}
    assert clients["leader"].post("/accounts/password/", form).status_code == 200
    assert send_unread(clients["leader"], "/accounts/password/", 51 * MEGABYTE).status_code == 413


@pytest.mark.parametrize("path", ["/accounts/password/", "/api/v1/submissions/330127/2025/entries/"])
def test_one_long_body_too_many_is_sent_again_later(clients, monkeypatch, path):
    taken = BoundedSemaphore(1)
    monkeypatch.setattr(body_limit, "_long", taken)
    with taken:
        answer = send_unread(clients["leader"], path, 2 * MEGABYTE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "过几秒再传一次" in answer.content.decode()
    for _ in range(2):  # who is refused by the view gives his turn back too
        form = {"file": SimpleUploadedFile("a", b"x" * 2 * MEGABYTE)}  # which is read to its end each time
        assert clients["leader"].post("/accounts/password/", form).status_code == 200


def test_a_body_that_breaks_off_is_no_fault_of_the_site(clients):
    """It is told, and logged as what it is."""

    class BrokenOff:
        def read(self, *_size):
            raise TimeoutError

        readline = read

    more = {"CONTENT_LENGTH": "5000", "wsgi.input": BrokenOff()}
    for path in ("/accounts/password/", "/api/v1/submissions/330127/2025/entries/"):
        method, kind = ("PUT", "application/json") if "api" in path else ("POST", "multipart/form-data; boundary=x")
        client = clients["chunan-housing"]
        client.raise_request_exception = False
        answer = client.generic(method, path, CONTENT_TYPE=kind, **more)
        assert (answer.status_code, "没有发完就中断了" in answer.content.decode()) == (408, True)


ENTRIES = "/api/v1/submissions/330127/2025/entries/"


@pytest.mark.parametrize(("path", "method"), [(ENTRIES, "put"), (ENTRIES.replace("entries", "submit"), "post")])
def test_a_system_s_json_holds_as_many_values_as_can_be_told_of(clients, path, method):
    """850,000 empty rows (2.5 MB), by anybody who reads the sheet, were told of one by one: 44 s, 1.2 GB, 123 MB."""
    for row in ("{}", "[]", "1", '{"a":1}'):
        body = f'{{"entries": [{",".join([row] * 30_000)}]}}'
        answer = getattr(clients["chunan"], method)(path, body, content_type="application/json")
        assert (answer.status_code, answer.json()["detail"]) == (413, "正文里最多 20,000 个值。请分几次发送。")
    body = f'{{"entries": [{",".join(["{}"] * 9_000)}]}}'
    answer = getattr(clients["chunan"], method)(path, body, content_type="application/json")
    assert answer.status_code in {400, 409}


@pytest.mark.site
def test_a_server_refuses_a_stranger_s_file_before_it_comes(tmp_path):
    """Over a socket: 413 when nothing but the head has been sent, and nothing on the disk."""
    (tmp_path / "tmp").mkdir()
    environment = site_environment(tmp_path) | {"TMPDIR": str(tmp_path / "tmp"), "SWEEP_SECONDS": "3600"}
    head = "POST /api/v1/submissions/330127/2025/evidence/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    with served(environment) as address:
        port = int(address.rpartition(":")[2])
        for length, limit in ((3 * MEGABYTE, "1 MB"), (51 * MEGABYTE, "50 MB")):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
                caller.sendall(head.format(length=length).encode())
                answer = b"".join(iter(lambda: caller.recv(65536), b"")).decode()
            assert (answer[:12], f"一次最多发送 {limit}" in answer) == ("HTTP/1.1 413", True)
            assert "\r\nConnection: close\r\n" in answer
        assert [path for path in (tmp_path / "tmp").iterdir() if not path.name.startswith("wgunicorn")] == []
