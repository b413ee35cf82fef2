"""Rows from another system, as they stand there: an address that answers JSON or csv, a table of a database. Everything
is read only, goes only where the operator has allowed (`OUTBOUND_HOSTS`, `PULL_FOLDER`), and ends at a bound."""

import csv
import io
import json
import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import OperationalError
from django.utils.translation import gettext as _

from lib.database import driver
from lib.files.paths import inside
from lib.internet_addresses import Address
from lib.sealed_text import NotOpened, unseal
from lib.web.outbound import AddressRefused, Destination, NoAnswer, NotReached, ask
from lib.web.text_guard import fault_of
from pulling.models import Source
from pulling.paging import NoNextPage, first_address, member_of, next_address

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_PAGES = 500
MOST_SECONDS = 120  # for all pages of one source
FILE_SECONDS = 20  # that a table of a file may take: it may be a view that never ends
LONGEST_CELL = 100_000  # letters or bytes of one value of a file
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
OF_THE_MESSAGE = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"}
NAME = re.compile(r"[^\W\d]\w{0,62}(\.[^\W\d]\w{0,62})?")
PLACE = re.compile(r"([^/:?#@]+):(\d{1,5})/([^/:?#@]+)")
Row = Mapping[str, Any]
Kind = Source.Kind


class NotFetched(Exception):
    """Nothing could be read; the words say why, without address or password."""


def fetched_rows(source: Source) -> list[Row]:
    """Every row, its columns by their names there. NotFetched."""
    try:
        rows = READERS[Kind(source.kind)](source)
    except (AddressRefused, NotReached, NoAnswer) as error:
        raise NotFetched(str(error)) from None
    except NotOpened:
        raise NotFetched(_("密码是用另一个 SECRET_KEY 封存的，请重新填写。")) from None
    if len(rows) > MOST_ROWS:
        raise NotFetched(_("超过{most}行；请让对方只给本单位、本年度的行。").format(most=MOST_ROWS))
    _require_keepable(rows, _wanted(source))
    return rows


def _require_keepable(rows: list[Row], wanted: list[str]) -> None:
    """No page and no parser of the API stands before what is fetched, so that it is looked at here: names of columns,
    which a fault tells, and the texts that are asked for. NotFetched."""
    for number, row in enumerate(rows, start=1):
        texts = [*row, *(row[name] for name in wanted if name in row)]
        for text in texts:
            why = "" if text is None or isinstance(text, int | float | Decimal) else fault_of(str(text))
            if why:
                raise NotFetched(_("第{number}行：{why}").format(number=number, why=why))


def require_place(kind: str, address: str, table: str) -> None:
    """NotFetched where the address of a source cannot be one, or leads where nothing may be read."""
    if kind in {Kind.JSON, Kind.CSV}:
        try:
            Destination.of(address, settings.OUTBOUND_ALLOWED)
        except AddressRefused as error:
            raise NotFetched(str(error)) from None
        return
    if not NAME.fullmatch(table):
        raise NotFetched(_("请写表或视图的名称，例：gov.indicator_values；只用字母、数字和下划线。"))
    if kind == Kind.POSTGRESQL:
        _database(address)
    else:
        _sqlite_file(address)


# Addresses of the web ---------------------------------------------------------------------------------


def _asked(source: Source, address: str, most: int = MOST_BYTES) -> str:
    headers = {"Accept": "application/json, text/csv;q=0.9", "User-Agent": "county-urbanization-pull/1"}
    if source.secret:
        headers |= _secret_header(source.login or "Authorization", unseal(source.secret))
    answer = ask(Destination.of(address, settings.OUTBOUND_ALLOWED), headers=headers, most=most + 1)
    if answer.status != 200:
        raise NotFetched(_("对方答 {status}，应为 200。").format(status=answer.status))
    if len(answer.body) > most:
        raise NotFetched(_("对方给的内容超过{most}MB。").format(most=MOST_BYTES // 1024 // 1024))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return answer.body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotFetched(_("读不出文字：应为 UTF-8 或 GB18030。"))


def _secret_header(name: str, text: str) -> dict[str, str]:
    """Looked at before it is sent: the words of the library's own refusal would carry the password into the log."""
    if not HEADER.fullmatch(name) or name.lower() in OF_THE_MESSAGE:
        raise NotFetched(_("“用户名，或请求头的名称”不能作请求头，请核对，例：X-Api-Key。"))
    if not (text.isascii() and text.isprintable()):
        raise NotFetched(_("请求头的内容只能是一行英文字母、数字和符号，请重新填写。"))
    return {name: text}


def _json_rows(source: Source) -> list[Row]:
    """The rows of every page; all of them, or none."""
    rows: list[Row] = []
    address: str | None = first_address(source.paging, source.address)
    seen: set[str] = set()
    left, end = MOST_BYTES, time.monotonic() + MOST_SECONDS
    while address is not None:
        if address in seen:
            raise NotFetched(_("“下一页”又回到取过的一页，取不完；请核对下一页的写法。"))
        if len(seen) == MOST_PAGES or time.monotonic() > end or len(rows) > MOST_ROWS:
            words = _("取了{pages}页还没有完；请让对方只给本单位、本年度的行。")
            raise NotFetched(words.format(pages=len(seen)))
        seen.add(address)
        text = _asked(source, address, left)
        left -= len(text.encode())
        told = _json(text)
        found = _rows_of(told, source.table)
        rows += found
        address = _next(source, told, address, found)
    return rows


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotFetched(_("对方给的不是完整的 JSON。")) from None


def _rows_of(told: Any, place: str) -> list[Row]:
    found = member_of(told, place)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        words = _("在“{place}”没有找到行：应为由对象组成的数组。").format(place=place or _("最外层"))
        raise NotFetched(words)
    return found


def _next(source: Source, told: Any, address: str, rows: list[Row]) -> str | None:
    try:
        return next_address(source.paging, told, address, rows)
    except NoNextPage as error:
        raise NotFetched(str(error)) from None


def _no_number(text: str) -> None:
    raise ValueError(text)


def _csv_rows(source: Source) -> list[Row]:
    lines = csv.reader(io.StringIO(_asked(source, source.address)), strict=True)
    try:
        names = next(lines, [])
        # By what stands in each line: one that fills all columns up makes gigabytes of a wide head and short lines.
        return [dict(zip(names, line, strict=False)) for line in islice(filter(None, lines), MOST_ROWS + 1)]
    except csv.Error:
        raise NotFetched(_("对方给的不是完整的 csv。")) from None


# Databases --------------------------------------------------------------------------------------------


def _database(address: str) -> tuple[Destination, str]:
    """(host and port, database's name) of `host:5432/name`. Only hosts that the operator has listed."""
    parts = PLACE.fullmatch(address)
    if parts is None:
        raise NotFetched(_("数据库地址应形如 10.1.2.3:5432/statistics。"))
    if not settings.OUTBOUND_ALLOWED.is_listed:
        raise NotFetched(_("数据库的主机要先由系统管理员列入许可（OUTBOUND_HOSTS）。"))
    try:
        return Destination.of(f"https://{parts[1]}:{parts[2]}/", settings.OUTBOUND_ALLOWED), parts[3]
    except AddressRefused as error:
        raise NotFetched(str(error)) from None


def _postgresql_rows(source: Source) -> list[Row]:
    target, name = _database(source.address)
    address = target.address()
    password = unseal(source.secret) if source.secret else ""
    place = driver.Place(target.host, str(address), target.port, name, source.login, password, **tls_for(address))
    try:
        return list(driver.read_elsewhere(place, source.table, _wanted(source), MOST_ROWS + 1))
    except OperationalError as error:
        raise NotFetched(_why(str(error))) from None


def tls_for(address: Address) -> dict[str, str]:
    """How much TLS a database has to speak: its certificate is looked at where PULL_CA_FILE names who signed it. This
    machine needs none, and where PULL_PLAIN says that the lines are safe, it is taken where it is offered."""
    if settings.PULL_CA_FILE:
        return {"sslmode": "verify-full", "authority": settings.PULL_CA_FILE}
    return {"sslmode": "prefer" if address.is_loopback or settings.PULL_PLAIN else "require"}


def _sqlite_file(address: str) -> str:
    if not settings.PULL_FOLDER:
        raise NotFetched(_("SQLite 文件要放在系统管理员指定的文件夹里（PULL_FOLDER），现在没有指定。"))
    try:
        return str(inside(settings.PULL_FOLDER, address))
    except SuspiciousFileOperation:
        raise NotFetched(_("请只写文件夹里的文件名，例：values.sqlite3。")) from None


def _sqlite_rows(source: Source) -> list[Row]:
    path = _sqlite_file(source.address)
    names = _wanted(source)
    columns = ", ".join(map(_quoted, names))
    table = ".".join(map(_quoted, source.table.split(".")))
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=5)) as found:
            _bound(found)
            asked = f"SELECT {columns} FROM {table} LIMIT {MOST_ROWS + 1}"  # nosec B608  # quoted, and from NAME
            return [dict(zip(names, row, strict=True)) for row in found.execute(asked)]
    except sqlite3.Error as error:
        raise NotFetched(_why(str(error))) from None


def _bound(found: sqlite3.Connection) -> None:
    """Whatever the file holds, reading it ends: in time, and with values of a size that values have."""
    end = time.monotonic() + FILE_SECONDS
    found.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)
    found.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
    found.execute("PRAGMA trusted_schema = OFF")


def _why(told: str) -> str:
    """What an error of a database means to who has typed the settings."""
    meanings = {
        ("UndefinedTable", "no such table"): _("没有这个表或视图，请核对名称。"),
        ("UndefinedColumn", "no such column"): _("表里没有这一列，请核对列名。"),
        ("InsufficientPrivilege",): _("这个用户无权读这个表；请对方开放只读权限。"),
        ("QueryCanceled", "interrupted"): _("对方太慢，20秒没有给完；请改用只含本单位、本年度的视图。"),
        ("TooMuch", "too big"): _("给的内容太多；请改用只含本单位、本年度、所需各列的视图。"),
        (driver.NO_TLS,): _("对方数据库没有可信的 TLS，密码没有发出；请对方开启，或找系统管理员。"),
        ("unable to open", "not a database"): _("文件不在那里，或不是 SQLite 数据库。"),
    }
    for signs, words in meanings.items():
        if any(sign in told for sign in signs):
            return words
    return _("连不上数据库：请核对地址、库名、用户名和密码。")


def _wanted(source: Source) -> list[str]:
    return list(dict.fromkeys(name for name in source.columns.values() if name))


def _quoted(name: str) -> str:
    """As SQLite takes a name and nothing else: in double quotes one that is not there would be a text."""
    return "`" + name.replace("`", "``") + "`"


READERS = {
    Kind.JSON: _json_rows,
    Kind.CSV: _csv_rows,
    Kind.POSTGRESQL: _postgresql_rows,
    Kind.SQLITE: _sqlite_rows,
}
