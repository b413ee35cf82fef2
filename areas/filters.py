"""Where, what and when: the filters of lists and the parts of addresses that name an area, an indicator, a year."""

from django.utils.translation import gettext as _

from areas.models import Area
from lib.listapi.lists import Filter
from lib.listapi.openapi import path_parameter

AREA = Filter("area", "区划代码（GB/T 2260），可用逗号写几个", pattern="[0-9]{6}", example="330122")
INDICATOR = Filter("indicator", "指标代码，可用逗号写几个", pattern="[A-Z][A-Z0-9_]{0,15}", example="P01")


def unknown_area(code: str) -> str:
    """Words where no area has the code; nothing where one has."""
    if Area.objects.filter(code=code).exists():
        return ""
    return _("没有代码为 {code} 的地区；全部代码见 /api/v1/areas/。").format(code=code[:12])


YEAR_PATTERN = "[1-9][0-9]{3}"
YEARS = (
    Filter("year", "年份，可用逗号写几个", type="integer", pattern=YEAR_PATTERN, example=2024),
    Filter(
        "year_from", "从哪年起（含）", column="year", test="from", type="integer", pattern=YEAR_PATTERN, example=2022
    ),
    Filter("year_to", "到哪年止（含）", column="year", test="to", type="integer", pattern=YEAR_PATTERN, example=2027),
)

AREA_PATH = path_parameter("area", {"type": "string", "pattern": "^[0-9]{6}$", "examples": ["330122"]}, "区划代码")
YEAR_PATH = path_parameter("year", {"type": "integer", "minimum": 1949, "maximum": 2100, "examples": [2024]}, "年份")
INDICATOR_PATH = path_parameter(
    "indicator", {"type": "string", "pattern": "^[A-Z][A-Z0-9_]{0,15}$", "examples": ["P01"]}, "指标代码"
)
