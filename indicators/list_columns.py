"""Columns and words that the lists of the API share: what a row is about, its numbers, its codes in words."""

from django.db.models import FloatField
from django.db.models.functions import Cast

from areas.models import Area
from indicators.models import IndicatorDefinition
from lib.listapi.lists import Column


def number(name: str, description: str, *, is_nullable: bool = False, **more) -> Column:
    """A decimal of the database as a double."""
    return Column(name, "number", Cast(name, FloatField()), description, is_nullable=is_nullable, **more)


KEY = (
    Column("area", "string", "area_id", "区划代码（GB/T 2260，六位）", is_code=True, example="330122"),
    Column("indicator", "string", "indicator_id", "指标代码", is_code=True, example="P01"),
    Column("year", "integer", "year", "年份", example=2024),
)
DEMO = Column("is_demo", "boolean", "is_demo", "演示数据：并非真实")


def names() -> dict[str, dict]:
    """Codes in words, for those who read a cube."""
    return {
        "area": dict(Area.objects.values_list("code", "name")),
        "indicator": dict(IndicatorDefinition.objects.as_of().values_list("indicator_id", "name")),
    }


def units() -> dict[str, dict]:
    """What each indicator's numbers are measured in, and how many places they are shown with."""
    rows = IndicatorDefinition.objects.as_of().values_list("indicator_id", "unit", "decimals")
    return {"indicator": {code: {"label": unit, "decimals": decimals} for code, unit, decimals in rows}}


def judged(name: str, description: str) -> Column:
    return Column(name, "number", name, description, is_nullable=True)
