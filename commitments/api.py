"""The plan's promises as a list of the API."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from areas.filters import AREA, YEARS
from commitments.frames import standings
from commitments.models import Commitment
from commitments.progress import STATUSES
from lib.listapi.lists import Column, Filter, List, choice
from lib.numbers import settled

COMMITMENT = Filter("code", "承诺编号，可用逗号写几个", pattern="[A-Z][A-Z0-9_]{0,7}", example="C01")


def commitment_rows(as_of: datetime | None, areas: list | None, _indicators: list | None) -> list[tuple]:
    """A row for each promise and, where it is judged by county or by year, for each of them."""
    on = timezone.localdate(as_of) if as_of else timezone.localdate()
    reader = User(role=User.Role.LEADER)  # promises are open to every login
    found: list[tuple] = []
    for standing in standings(on, as_of=as_of, user=reader):
        found += [_row(standing.commitment, line) for line in standing.lines]
    return found


def _row(row: Commitment, line) -> tuple:
    done = line.progress
    return (
        row.code,
        row.name,
        row.scope,
        line.area or "",
        line.year or 0,
        row.unit,
        row.comparison,
        None if row.value is None else float(row.value),
        settled(done.done),
        settled(done.expected),
        done.status,
        row.words,
        line.words,
        row.is_our_reading,
        line.is_demo,
    )


COMMITMENTS = List(
    name="commitments",
    item="Commitment",
    title="承诺",
    tag="数据",
    description="方案的量化和书面承诺：承诺值、已完成、按序时进度应完成、状态。"
    "不分县的行 area 为空，不分年的行 year 为 0。",
    columns=(
        Column("code", "string", "code", "承诺编号", is_code=True, example="C01"),
        Column("name", "string", "name", "承诺"),
        Column("scope", "string", "scope", "范围：合计、各地区、单独一个地区", enum=Commitment.Scope.values),
        Column("area", "string", "area", "区划代码；各地区合计为空", is_code=True),
        Column("year", "integer", "year", "年份；不分年为 0"),
        Column("unit", "string", "unit", "单位"),
        Column(
            "comparison",
            "string",
            "comparison",
            "超过（>）、不少于（>=）、低于（<）、不超过（<=）、等于（=）",
            enum=("", *Commitment.Comparison.values),
        ),
        Column("promised", "number", "promised", "承诺值", is_nullable=True),
        Column("done", "number", "done", "已完成；没有数据为空", is_nullable=True),
        Column("expected", "number", "expected", "按序时进度应完成", is_nullable=True),
        Column("status", "string", "status", "状态", enum=STATUSES),
        Column("words", "string", "words", "方案原文"),
        Column("statement", "string", "statement", "最近的书面说明"),
        Column("is_provisional", "boolean", "is_provisional", "口径或年份是本平台的读法"),
        Column("is_demo", "boolean", "is_demo", "含演示数据：并非真实"),
    ),
    rows=None,
    computed=commitment_rows,
    key=("code", "area", "year"),
    filters=(COMMITMENT, AREA, *YEARS, choice("status", STATUSES, "状态")),
    has_as_of=True,
    unaffected_by=("reporting",),
    changes_daily=True,
)
