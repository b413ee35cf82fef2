"""Filters of a list page, read from its address. What is not understood is named, never ignored: Http404."""

from collections.abc import Collection, Mapping
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from lib.partial_dates import read_day

PAGE_SIZE = 50


def refuse_unknown(given: QueryDict, known: Collection[str]) -> None:
    """Http404 that names every parameter that the page does not know."""
    unknown = [name for name in given if name not in known]
    if unknown:
        raise Http404(
            _("没有名为 {names} 的筛选条件；可用：{known}。").format(names="、".join(unknown), known="、".join(known))
        )


def codes(given: QueryDict, name: str, allowed: Mapping) -> list[str]:
    """The asked codes, separated by commas or given several times; [] where none."""
    asked = [code for code in ",".join(given.getlist(name)).split(",") if code]
    for code in asked:
        if code not in allowed:
            raise Http404(
                _("{name} 没有“{code}”，或者它不在您的权限范围内；可选：{known}。").format(
                    name=name, code=code, known="、".join(map(str, allowed))
                )
            )
    return asked


def one(given: QueryDict, name: str, allowed: Mapping) -> str:
    """The asked code, "" where none; more than one is refused."""
    asked = codes(given, name, allowed)
    if len(asked) > 1:
        raise Http404(_("{name} 只能选一个。").format(name=name))
    return asked[0] if asked else ""


def year(given: QueryDict, name: str) -> int | None:
    """A year of four digits; None where none is given. Http404 for anything else."""
    text = given.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Http404(_("{name} 应为四位年份，例如 2024。").format(name=name))
    return int(text)


def day(given: QueryDict, name: str) -> date | None:
    """A date, in any form in which people write one; None where none is given. Http404 for anything else."""
    text = given.get(name, "")
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError as error:
        raise Http404(_("{name} 应为日期，例如 2025-03-31。").format(name=name)) from error


def page_of(rows: QuerySet, given: Mapping, *, size: int = PAGE_SIZE, name: str = "page") -> Page:
    """The page of `size` rows that `given[name]` asks for, the first by default; one beyond the last is refused."""
    pages, text = Paginator(rows, size), given.get(name) or "1"
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= pages.num_pages:
        raise Http404(_("{name} 应为 1 至 {last} 之间的整数。").format(name=name, last=pages.num_pages))
    return pages.page(number)
