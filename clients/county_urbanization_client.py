"""A small client of 县城城镇化建设监测平台: one file, the standard library and pandas.

from county_urbanization_client import Platform

platform = Platform("https://…", "cuat_…")
platform.frame("observations", area="330127", year_from=2023)   # a DataFrame, codes as text
for row in platform.rows("targets", indicator="P01"): …         # page by page, little memory
platform.download("assessments", "assessments.csv")             # streamed to a file
for change in platform.changes(cursor): …                       # what happened since
for change in platform.follow("cursor.txt"): …                  # the same, with the cursor kept in a file
platform.snapshot("official.parquet")                           # all official data in one file, its checksum compared
told = checked_webhook("whsec_…", headers, body)                # what the platform sent: genuine and new, else Forged
"""

import base64
import binascii
import hashlib
import hmac
import json
import random
import shutil
import time
import warnings
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

import pandas as pd

CODES = ("area", "indicator", "code", "parent", "field", "document", "rule_version")
PATIENCE = 5  # attempts while the server asks to wait (429, 503), is being restarted (502, 504), or the network fails
LONGEST_WAIT = 120  # seconds; a server that asks for more is told as the Problem that it is
FORMATS = {".parquet": "parquet", ".csv": "csv"}  # of snapshots, by the end of the file's name; .sdmx.csv is SDMX-CSV
UNDER_WAY = "/problems/request-under-way/"


class Problem(Exception):
    """What the service answered instead (RFC 9457): `type` for programs, `status`, `detail` in words, `members` as
    sent."""

    def __init__(self, status: int, members: dict):
        self.status, self.members = status, members
        self.type = members.get("type", "about:blank")
        self.detail = members.get("detail", "")
        super().__init__(f"{status} {self.detail}")


class Damaged(Exception):
    """A file that arrived is not the one that was sent: its SHA-256 is another."""


class Forged(Exception):
    """A webhook that is not the platform's, was altered on its way, or is an old one sent again."""


def checked_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, tolerance: float = 300) -> dict:
    """What a webhook says, once it is known to be genuine: signed with the secret that was shown at registration
    (Standard Webhooks), at most `tolerance` seconds ago. `body`: the bytes as they came. Raises Forged.

    Answer with any 2xx within ten seconds, and work afterwards. The same `webhook-id` can come twice: take it in
    once."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        identity, at, sent = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        age, key = abs(time.time() - int(at)), base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise Forged(
            "headers webhook-id, webhook-timestamp, webhook-signature or the secret are not as expected"
        ) from None
    if age > tolerance:
        raise Forged(f"signed {age:.0f} seconds ago: an old message, or a clock that is wrong")
    digest = hmac.new(key, f"{identity}.{at}.".encode() + body, hashlib.sha256).digest()
    wanted = f"v1,{base64.b64encode(digest).decode()}".encode()
    if not any(hmac.compare_digest(wanted, each.encode()) for each in sent.split()):
        raise Forged("no signature fits: another secret, or the body was altered")
    return json.loads(body)


class Platform:
    """The service at `address`, read and written with `token`."""

    def __init__(self, address: str, token: str, *, timeout: float = 60):
        self.address, self.token, self.timeout = address.rstrip("/"), token, timeout

    # Reading --------------------------------------------------------------------------------------

    def rows(self, name: str, **filters) -> Iterator[dict]:
        """Every row of a list, a page at a time. Filters as in the documents: area="330122,330127", year=2024."""
        address = self._list(name, {"page_size": 1000, **filters})
        while address:
            with self._open(address) as answer:
                page = json.load(answer)
            yield from page["results"]
            address = page["results"] and page["next"]  # the feed always tells where it goes on

    def frame(self, name: str, **filters) -> pd.DataFrame:
        """The whole filtered list as a DataFrame, read from its csv: codes stay text, what is absent is NaN."""
        with self._open(self._list(name, {**filters, "format": "csv"})) as answer:
            return pd.read_csv(answer, encoding="utf-8-sig", dtype=dict.fromkeys(CODES, "string"))

    def download(self, name: str, file: str | Path, **filters) -> Path:
        """The whole filtered list as a file, csv or xlsx by its name, streamed; in place only when it is complete."""
        file = Path(file)
        if file.suffix not in {".csv", ".xlsx"}:
            raise ValueError(f"{file.name}: whole tables come as .csv or .xlsx; rows() gives JSON page by page")
        part = file.with_name(file.name + ".part")
        filters["format"] = file.suffix.lstrip(".")
        with self._open(self._list(name, filters)) as answer, part.open("wb") as out:
            shutil.copyfileobj(answer, out, 1 << 18)
        return part.replace(file)

    def changes(self, cursor: int = 0, **filters) -> Iterator[dict]:
        """What happened to official facts after `cursor`, in order, until now. Keep the `number` of the last one that
        you took in: it is the next cursor."""
        while True:
            with self._open(self._list("changes", {"page_size": 1000, **filters, "cursor": cursor})) as answer:
                page = json.load(answer)
            yield from page["results"]
            if not page["results"]:
                return
            cursor = page["cursor"]

    def follow(self, file: str | Path, **filters) -> Iterator[dict]:
        """`changes`, with the cursor kept in a file: each change once, also over many runs. A number is written down
        only when the next change is asked for, or there are no more: what was under way when a program died comes
        again, so take in the same `number` twice without harm."""
        file = Path(file)
        cursor = int(file.read_text()) if file.exists() else 0
        for change in self.changes(cursor, **filters):
            yield change
            _keep(file, str(change["number"]))

    def snapshot(self, file: str | Path, number: int | str = "latest", *, after: int | None = None) -> int:
        """All official data as they stood at a number of the feed, as a file: .parquet, .csv, .sdmx.csv. With `after`
        only what has changed since that number. Gives the number; raises Damaged where the checksum differs, and then
        leaves no file."""
        file = Path(file)
        form = "sdmx-csv" if file.name.endswith(".sdmx.csv") else FORMATS.get(file.suffix)
        if form is None:
            raise ValueError(f"{file.name}: snapshots come as .parquet, .csv or .sdmx.csv")
        query = urlencode({"format": form} | ({"after": after} if after else {}))
        part = file.with_name(file.name + ".part")
        digest = hashlib.sha256()
        with self._open(f"{self.address}/api/v1/snapshots/{number}/?{query}") as answer, part.open("wb") as out:
            while some := answer.read(1 << 18):
                digest.update(some)
                out.write(some)
            wanted, place = answer.headers["ETag"].removeprefix("W/").strip('"'), answer.headers["Content-Location"]
        if digest.hexdigest() != wanted:
            part.unlink()
            raise Damaged(f"{file.name}: SHA-256 {digest.hexdigest()}, but {wanted} was sent")
        part.replace(file)
        return int(place.split("/snapshots/")[1].split("/")[0])

    # Writing --------------------------------------------------------------------------------------

    def entries(self, area: str, year: int) -> tuple[list[dict], str]:
        """The entries of a sheet as they are stored, and its tag for `put_entries`."""
        with self._open(f"{self.address}/api/v1/submissions/{area}/{year}/entries/") as answer:
            return json.load(answer)["entries"], answer.headers["ETag"]

    def put_entries(
        self, area: str, year: int, entries: list[dict], *, dry_run: bool = False, tag: str = "", key: str = ""
    ) -> dict:
        """All entries or none. `entries`: indicator, value, explanation, version (of the value that you saw). `tag`:
        only where the sheet is still as it was read. `key`: sent again with the same one, it is carried out once."""
        body = {"dry_run": dry_run, "entries": entries}
        return self._send("PUT", f"submissions/{area}/{year}/entries/", body, key, {"If-Match": tag} if tag else {})

    def quarters(self, area: str, year: int) -> tuple[list[dict], str]:
        """The figures of a county's year by quarter, and their tag for `put_quarters`."""
        with self._open(f"{self.address}/api/v1/quarters/{area}/{year}/") as answer:
            return json.load(answer)["quarters"], answer.headers["ETag"]

    def put_quarters(
        self, area: str, year: int, quarters: list[dict], *, dry_run: bool = False, tag: str = "", key: str = ""
    ) -> dict:
        """All or none. `quarters`: indicator, period (2026-Q3), value (None withdraws), version. Else as
        `put_entries`."""
        body = {"dry_run": dry_run, "quarters": quarters}
        return self._send("PUT", f"quarters/{area}/{year}/", body, key, {"If-Match": tag} if tag else {})

    def take_step(self, area: str, year: int, step: str, *, key: str = "", **details) -> dict:
        """hand_over, take_back, submit, withdraw, return, approve, reopen; with reason, until, entries where needed."""
        return self._send("POST", f"submissions/{area}/{year}/{step}/", details, key)

    # On the wire ----------------------------------------------------------------------------------

    def _list(self, name: str, filters: dict) -> str:
        return f"{self.address}/api/v1/{name.strip('/')}/?{urlencode(filters)}"

    def _send(self, method: str, path: str, body: dict, key: str, more: dict | None = None) -> dict:
        """With a key, so that it can be sent again when nobody knows whether it arrived."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4()), **(more or {})}
        with self._open(f"{self.address}/api/v1/{path}", method, json.dumps(body).encode(), headers) as answer:
            return json.load(answer)

    def _open(self, address: str, method: str = "GET", body: bytes | None = None, more: dict | None = None):
        headers = {"Authorization": f"Bearer {self.token}", **(more or {})}
        for attempt in range(1, PATIENCE + 1):
            try:
                asked = Request(address, body, headers, method=method)
                answer = urlopen(asked, timeout=self.timeout)  # nosec B310  # the address that whoever uses it has set
            except HTTPError as error:
                with error:
                    members = _members(error)
                    wait = _wait(error.headers.get("Retry-After"), attempt)
                    if not _passes(error.code, members) or attempt == PATIENCE or wait > LONGEST_WAIT:
                        raise Problem(error.code, members) from None
            except (URLError, ConnectionError, TimeoutError):
                if attempt == PATIENCE:
                    raise
                wait = _wait(None, attempt)
            else:
                _tell_of_the_end(address, answer.headers)
                return answer
            time.sleep(wait)
        raise AssertionError  # never: the last attempt returns or raises


def _passes(status: int, members: dict) -> bool:
    """Whether waiting helps."""
    return status in {429, 502, 503, 504} or members.get("type") == UNDER_WAY


def _wait(asked: str | None, attempt: int) -> float:
    """Seconds: what Retry-After asks for (a number or a date), else longer each time, and by chance a little more, so
    that many programs do not come back together."""
    if asked and asked.isdigit():
        return float(asked)
    if asked:
        try:
            return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
        except (TypeError, ValueError):
            pass
    return 2.0 ** (attempt - 1) * (1 + random.random())  # nosec B311  # no secret


def _tell_of_the_end(address: str, headers: Mapping[str, str]) -> None:
    """A DeprecationWarning where the service says that an address will be switched off."""
    if headers.get("Deprecation"):
        path = address.partition("?")[0]
        warnings.warn(f"{path} will be switched off: {headers.get('Sunset', '')}", DeprecationWarning, stacklevel=4)


def _keep(file: Path, text: str) -> None:
    """Either the old text or the new one, whenever the program stops."""
    part = file.with_name(file.name + ".part")
    part.write_text(text)
    part.replace(file)


def _members(error: HTTPError) -> dict:
    try:
        return json.load(error)
    except ValueError:  # not from the service itself: a proxy's page
        return {"detail": error.reason}
