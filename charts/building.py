"""An address of a chart → the chart, for the reader of a page and for a frame on another site alike."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.models import User
from charts import free_pictures, pictures
from charts.explore import Choice
from charts.maps import AreaMap
from charts.pictures import Chart
from figures.asked import Asked
from figures.compare_views import earlier_year
from figures.picture import Picture


def map_of(given: QueryDict, user: User, *, indicator: str) -> Chart:
    picture = _picture(given, user)
    asked = given.copy()
    asked["indicator"] = indicator
    return pictures.map_chart(picture, AreaMap.asked(picture, asked), f"?{asked.urlencode()}")


def path_of(given: QueryDict, user: User, *, area: str, indicator: str) -> Chart:
    picture = _picture(given, user, area_codes=[area], indicator_codes=[indicator], home=area)
    return pictures.path_chart(picture, picture.county(area), picture.definition(indicator), _tail(given))


def gaps_of(given: QueryDict, user: User, *, area: str) -> Chart:
    picture = _picture(given, user, home=area, is_bounded=True)
    return pictures.gaps_chart(picture, picture.county(area), _tail(given))


def statuses_of(given: QueryDict, user: User) -> Chart:
    return pictures.status_chart(_picture(given, user, is_bounded=True), _tail(given))


def explored(given: QueryDict, user: User) -> Chart:
    return free_pictures.explore_chart(Choice.asked(_picture(given, user), given), _tail(given))


def compared(given: QueryDict, user: User) -> Chart:
    picture = _picture(given, user, is_bounded=True)
    return free_pictures.compare_chart(picture, earlier_year(picture, given.get("from")), _tail(given))


# name of the address → what builds its chart
BUILDERS: dict[str, Callable[..., Chart]] = {
    "map_file": map_of,
    "path_file": path_of,
    "gaps_file": gaps_of,
    "status_file": statuses_of,
    "explore_chart": explored,
    "compare_chart": compared,
}


def chart_at(address: str, user: User) -> Chart:
    """The chart at an address without its kind. Http404 in plain words where there is none."""
    parts = urlsplit(address)
    try:
        match = resolve(f"{parts.path}.svg")
    except Resolver404:
        match = None
    build = BUILDERS.get(match.url_name or "") if match else None
    if match is None or build is None:
        raise Http404(_("这个网址不是本平台的图。"))
    place = {name: value for name, value in match.kwargs.items() if name not in {"kind", "name"}}
    return build(QueryDict(parts.query), user, **place)


def _picture(given: QueryDict, user: User, **scope: Any) -> Picture:
    return Picture(Asked.from_query(given), user, **scope)


def _tail(given: QueryDict) -> str:
    return f"?{given.urlencode()}" if given else ""
