"""Units and logins of a site from one workbook: a row a login, with its unit. First passwords are made here, told once
and kept nowhere."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import record_organisations
from accounts.models import ROLE_OF_KIND, Organisation, User
from areas.models import Area
from identity.actions import record_password
from indicators.importing.workbook import write_workbook
from journal.actions import log_audit
from lib.refusals import Invalid, NotAllowed
from lib.tabular.cells import SpreadsheetError
from lib.tabular.reading import read_spreadsheet
from lib.tabular.table_reading import Problem, Record, Table, TableColumn, read_table

LEADER = "领导"
ABOUT = (
    "填表说明",
    "1. 每行一个账号。一个单位有几个人，就写几行，单位的各列照抄。没有账号的单位，用户名空着。",
    "2. 表里已有的单位随方案而来；别的单位另起一行，写全代码、名称、类型和所属区划。",
    "3. 领导账号：角色写“领导”。其他账号的角色由单位的类型定，不填。",
    "4. 初始密码由平台生成，确认之后显示一次，请发给本人，登录后在“修改密码”里换掉。",
)
LOGINS = Table(
    "单位和账号",
    (
        TableColumn("unit", "单位代码", ("代码",), width=18, format="@", longest=40, help="字母、数字、横线"),
        TableColumn("unit_name", "单位名称", ("单位",), width=30, longest=80, format="@"),
        TableColumn("kind", "单位类型", ("类型",), width=16, choices="kind", is_required=False),
        TableColumn("area", "所属区划", ("区划代码", "区划"), width=10, format="@", is_required=False),
        TableColumn("duty", "职能部门", is_required=False, width=16, format="@", help="与指标的“责任部门”同名"),
        TableColumn("username", "用户名", ("账号", "登录名"), width=16, longest=150, format="@"),
        TableColumn("full_name", "姓名", is_required=False, width=12, longest=150, format="@"),
        TableColumn("role", "角色", is_required=False, width=10, choices="role"),
        TableColumn("email", "电子邮箱", ("邮箱",), is_required=False, width=24, longest=254, format="@"),
    ),
)


@dataclass(frozen=True)
class MadeLogin:
    """A new login with the password that is told this once."""

    username: str
    full_name: str
    unit: str
    password: str


@dataclass
class Logins:
    """What a workbook says: units by code, logins, and what is wrong with it, by row."""

    units: dict[str, dict] = field(default_factory=dict)
    people: list[dict] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def write_logins_workbook() -> bytes:
    """The workbook to be filled in, with a row for every unit that stands."""
    rows = [
        {
            "unit": unit.code,
            "unit_name": unit.name,
            "kind": str(Organisation.Kind(unit.kind).label),
            "area": unit.area_id,
            "duty": unit.duty,
        }
        for unit in Organisation.objects.order_by("pk")
    ]
    choices = {"kind": [str(label) for label in Organisation.Kind.labels], "role": [LEADER]}
    return write_workbook([(LOGINS, rows)], choices=choices, about=ABOUT)


def read_logins(content: bytes) -> Logins:
    """What the workbook says, checked against what stands. Nothing is written."""
    found = Logins()
    try:
        book = read_spreadsheet(content)
        name = LOGINS.name if LOGINS.name in book.sheet_names else book.sheet_names[0]
        table = read_table(book.sheet(name), LOGINS, range(0))
    except SpreadsheetError as error:
        found.problems.append(Problem("", None, "", str(error)))
        return found
    found.problems += table.problems
    reader = _LoginsReader(found)
    for record in table.records:
        found.problems += record.unreadable()
        reader.take(record)
    return found


class _LoginsReader:
    """Rows into units and people, held against what stands and against one another."""

    def __init__(self, found: Logins):
        self.found = found
        self.units = {unit.code: unit for unit in Organisation.objects.all()}
        self.areas = set(Area.objects.values_list("code", flat=True))
        self.kinds = {str(label): value for value, label in Organisation.Kind.choices}
        self.taken = {name.lower() for name in User.objects.values_list("username", flat=True)}

    def take(self, record: Record) -> None:
        self.found.problems += list(self._unit(record))
        if record.text("username"):
            self.found.problems += list(self._person(record))

    def _unit(self, record: Record) -> Iterator[Problem]:
        code = record.text("unit")
        if not code:
            yield record.problem("unit", _("缺单位代码。"))
            return
        if code in self.units:
            if record.text("unit_name") not in ("", self.units[code].name):
                words = _("{code} 是“{name}”，名称不同。").format(code=code, name=self.units[code].name)
                yield record.problem("unit_name", words)
            return
        kind, area = self.kinds.get(record.text("kind")), record.text("area")
        if kind is None:
            yield record.problem("kind", _("新单位的类型应是：{known}。").format(known="、".join(self.kinds)))
        if area not in self.areas:
            yield record.problem("area", _("没有这个区划代码：{area}。").format(area=area or "–"))
        if kind is not None and area in self.areas:
            row = {"code": code, "name": record.text("unit_name"), "kind": kind, "area_id": area}
            self.units[code] = Organisation(**row, duty=record.text("duty"))
            self.found.units[code] = {**row, "duty": record.text("duty")}
        if not record.text("unit_name"):
            yield record.problem("unit_name", _("新单位要写名称。"))

    def _person(self, record: Record) -> Iterator[Problem]:
        name, unit, role = record.text("username"), self.units.get(record.text("unit")), record.text("role")
        if name.lower() in self.taken:
            yield record.problem("username", _("用户名 {name} 已经有了，请换一个。").format(name=name))
        self.taken.add(name.lower())
        try:
            User.username_validator.__call__(name)
        except ValidationError as error:
            yield record.problem("username", " ".join(error.messages))
        if record.text("email"):
            try:
                validate_email(record.text("email"))
            except ValidationError as error:
                yield record.problem("email", " ".join(error.messages))
        if role not in ("", LEADER):
            yield record.problem("role", _("角色填领导或不填：其他角色由单位的类型定。"))
        if unit is not None:
            role_of_unit = User.Role.LEADER if role == LEADER else ROLE_OF_KIND[unit.kind]
            row = {"username": name, "first_name": record.text("full_name"), "email": record.text("email")}
            self.found.people.append({**row, "role": role_of_unit, "unit": unit.code})


@transaction.atomic
def make_logins(logins: Logins, *, by: User | None) -> list[MadeLogin]:
    """Make the units and logins of a workbook without faults. Administrators alone; None: the host's command line."""
    if by is not None and by.role != User.Role.ADMINISTRATOR:
        raise NotAllowed(_("账号由系统管理员建立。"))
    if logins.problems:
        raise Invalid(_("工作簿有错，没有建立账号。"))
    record_organisations(list(logins.units.values()))
    units = {unit.code: unit for unit in Organisation.objects.all()}
    made = []
    for row in logins.people:
        password, unit = secrets.token_urlsafe(12), units[row["unit"]]
        values = {name: row[name] for name in ("username", "first_name", "email", "role")}
        user = User.objects.create(**values, organisation=unit, password=make_password(password))
        record_password(user=user, by=by)
        made.append(MadeLogin(row["username"], row["first_name"], unit.name, password))
    labels = (Organisation._meta.label_lower, User._meta.label_lower)
    rows = ([{"key": code, "new": row} for code, row in logins.units.items()], [_told(row) for row in logins.people])
    for subject, told in zip(labels, rows, strict=True):
        if told:
            log_audit(action="create", subject=subject, rows=told, by=by, reason=_("建站"))
    return made


def _told(row: dict) -> dict:
    return {"key": row["username"], "new": {"role": row["role"], "organisation": row["unit"]}}
