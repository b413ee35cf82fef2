"""Pages: fetch in scope → arrange → render."""

from dataclasses import replace

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from areas.boundaries import shapes
from areas.models import Area
from figures import charts, project_support, summary, tables, within_year
from figures.asked import Asked
from figures.cells import JudgedCell
from figures.one_county import rows as county_rows
from figures.one_county.drawn_plots import drawn_plots
from figures.overview import many_counties, year_cards
from figures.overview import rows as overview_rows
from figures.picture import Picture
from figures.targets import adjustments, realism
from figures.templatetags.display import STATUS_NAMES
from figures.within_year import OpenYear
from figures.words import sentences
from figures.words.legends import legend_of
from figures.words.page_marks import page_marks
from figures.words.plan_words import plan_words_of
from funding.tiles import Tile, tile
from indicators.explanations.assessed_row import explain
from indicators.models import ContextFigure, Fact, IndicatorDefinition, KnownShortfall, Observation, Standard, Target
from indicators.terms.applicability import NOT_APPLICABLE
from lib.tabular.exports import table_response
from lib.web.filters import one
from plan.terms import term
from projects.landing.tiles import awaits_the_first, landed
from reporting.rules.contradictions import official_contradictions


def overview(request):
    """Where the counties stand in a year: the sentence, the tiles, the matrix, the map, who must act. Of very many
    counties some side by side, the rest in the sums."""
    return render(request, "figures/overview.html", _overview(request))


@require_safe
@never_cache
def wall(request):
    """The overview for a screen on a wall, 1920 × 1080: nothing to press, nothing to scroll, made anew by itself."""
    context = _overview(request) | {"at": timezone.localtime()}
    return render(request, "figures/wall.html", context)


def _overview(request) -> dict:
    """What stands on the overview."""
    picture = Picture(Asked.from_request(request), request.user, is_bounded=True)
    cells = list(picture.cells())
    whole = many_counties.whole(picture) if picture.is_wide else None
    own = list(picture.own_cells())
    urgent = many_counties.attention(picture, whole) if whole else summary.attention(own)
    counts = whole.counts if whole else summary.count(cells)
    areas = [area.code for area in picture.counties]
    money = whole.money if whole else tile(request.user, areas, picture.year, picture.asked.as_of)
    today = picture.asked.as_of_on or timezone.localdate()
    landed_projects = landed(request.user, today)
    counties = [_county_card(picture, area, cells, money) for area in picture.judged]
    shown = [*own, *picture.city_cells()]
    own_years = sentences.own_years(picture)
    together = {code: each for (code, _), each in picture.aggregates_of_years([picture.year]).items()}
    return {
        "picture": picture,
        "heading": sentences.heading(picture, counts, sentences.of_which_counties(picture, is_whole=whole is not None)),
        "outlook": sentences.outlook(picture, counts),
        "reporting_words": sentences.reporting(picture),
        "own_years": own_years,
        "together_year": picture.year if own_years else None,
        "year_cards": year_cards.years(picture),
        "marks": page_marks(picture, shown),
        "goal": sentences.goal(picture),
        "value_heading": sentences.value_heading(picture),
        "attention": [overview_rows.AttentionRow(cell, picture.year) for cell in urgent],
        "attention_heading": sentences.attention_heading(counts.urgent if whole else len(urgent), len(urgent)),
        "matrix": overview_rows.by_field(picture, shown),
        "legend": legend_of(shown),
        "matrix_columns": len(picture.judged) + 1 + bool(together),
        "together": together,
        "counties": counties,
        "map": _map(counties),
        "bars": overview_rows.bars(landed_projects, money, picture),
        "money": money,
        "awaits_projects": awaits_the_first(landed_projects),
        "exports": "overview",
    }


def _county_card(picture: Picture, area: Area, cells: list[JudgedCell], money: Tile | None) -> overview_rows.CountyCard:
    """Of the county's own latest year, where it is ahead of the others; of the city, which is none of them, as well."""
    own = [cell for cell in cells if cell.area.code == area.code]
    year = picture.own_year(area.code)
    if year != picture.year or area == picture.city:
        found = (picture.cell(area, definition, year) for definition in picture.definitions)
        own = [cell for cell in found if cell is not None]
    return overview_rows.county_card(picture, area, own, money)


def county(request, code):
    """One county, one policy: its year in a sentence, its chart, all its rows, how it differs from the others."""
    picture = Picture(Asked.from_request(request), request.user, is_bounded=True, home=code)
    area = picture.county(code)
    everyone = list(picture.cells())
    cells = [cell for cell in everyone if cell.area.code == code]
    if area == picture.city:
        cells = list(picture.city_cells())
    strengths, shortfalls = summary.standings(everyone, code)
    counts = summary.count(cells)
    unbacked = project_support.unbacked(picture, area, cells)
    projects = project_support.county_projects(request.user, area)
    is_by_field = request.GET.get("order") == "field"
    context = {
        "picture": picture,
        "area": area,
        "switch_counties": picture.judged,
        "cells": cells,
        "rows_there": sum(cell.status != NOT_APPLICABLE for cell in cells),
        "counts": counts,
        "heading": sentences.heading(picture, counts, area.shown_name),
        "outlook": sentences.outlook(picture, counts),
        "support_words": sentences.support_words([cell.definition.shown_name for cell, _backing in unbacked]),
        "year_cards": year_cards.years(picture, code),
        "marks": page_marks(picture, cells),
        "value_heading": sentences.value_heading(picture),
        "chart_heading": sentences.chart_heading(picture),
        "track_heading": sentences.track_heading(picture),
        "legend": legend_of(cells),
        "population_words": sentences.population_words(area),
        "groups": county_rows.groups(picture, cells, everyone, by_field=is_by_field),
        "is_by_field": is_by_field,
        "strengths": strengths,
        "shortfalls": shortfalls,
        "strengths_heading": _("领先（{n}项）").format(n=len(strengths)),
        "shortfalls_heading": _("居末（{n}项，差得最多的在前）").format(n=len(shortfalls)),
        "figure": charts.county_gaps([_chart_row(cell) for cell in cells], **_chart_names()),
        "context_figures": ContextFigure.objects.filter(area=area),
        "unbacked": unbacked,
        "projects": projects,
        "projects_words": sentences.projects_words(projects),
        "realism": realism.county_realism(picture, area),
        "reporting_state": overview_rows.reporting_words(picture.reporting.get((code, picture.year))),
        "exports": f"counties/{code}",
    }
    return render(request, "figures/county.html", context)


def indicator_list(request):
    """The catalogue, with the year's statuses of the three counties."""
    picture = Picture(Asked.from_request(request), request.user, is_bounded=True)
    force = one(request.GET, "force", dict(IndicatorDefinition.Force.choices))
    wanted = [definition for definition in picture.definitions if force in ("", definition.force)]
    rows = []
    for definition in wanted:
        rows.append((definition, [picture.cell(area, definition) for area in picture.judged]))
    has_forces = any(definition.force for definition in picture.definitions)
    told = IndicatorDefinition.Force.choices if has_forces else []
    context = {"picture": picture, "rows": rows, "force": force, "forces": told, "exports": "indicators"}
    if any(definition.is_provisional for definition in wanted):
        context["legend"] = _(" · 暂定＝尚未经正式表确认")
    return render(request, "figures/indicator_list.html", context)


def indicator(request, code):
    """One row of the plan: what it means, how the three counties go, and the table beside the charts."""
    picture = Picture(Asked.from_request(request), request.user, indicator_codes=[code], is_bounded=True)
    definition = picture.definition(code)
    figures = _indicator_figures(picture, definition)
    revisions = tables.revisions(code, as_of=picture.asked.as_of)
    cells = [picture.cell(area, definition) for area in picture.judged]
    context = {
        "picture": picture,
        "definition": definition,
        "heading": sentences.indicator_heading(definition.shown_name, cells),
        "year_cards": year_cards.years(picture),
        "marks": page_marks(picture, [cell for cell in cells if cell]),
        "shortfall": KnownShortfall.objects.filter(indicator=code).first(),
        "cells": cells,
        "figures": figures,
        "backings": project_support.indicator_backings(picture, code),
        "plots": drawn_plots(picture, definition),
        "aggregates": [(each, sentences.missing_from(each, picture)) for each in picture.aggregates(definition)],
        "revisions": revisions,
        "adjusted": adjustments.adjusted(revisions, picture.asked.as_of),
        "redefined": adjustments.redefined(code, picture.definitions, picture.asked.as_of),
        "exports": f"indicators/{code}",
    }
    return render(request, "figures/indicator.html", context)


def cell(request, area, indicator, year):
    """Why this status: inputs with their provenance, the rule, the arithmetic in words, every version."""
    asked = replace(Asked.from_request(request), year=year)
    scope = {"area_codes": [area], "indicator_codes": [indicator], "is_bounded": True, "home": area}
    picture = Picture(asked, request.user, **scope)
    place = picture.find_county(area)
    if place is None or year not in picture.years:
        raise Http404(
            _("没有这一格：{area} / {indicator} / {year}。").format(area=area, indicator=indicator, year=year)
        )
    definition = picture.definition(indicator)
    shown = picture.cell(place, definition, year)
    if shown is None:
        raise Http404(_("这一格还没有评估，请稍后再看。"))
    now = within_year.open_years(picture, definition, [place]).get(place.code)
    by_year = [picture.cell(place, definition, each) for each in picture.years]
    context = {
        "picture": picture,
        "cell": shown,
        "open_year": now,
        "realism": realism.lines_of_cell(picture, place, definition, year),
        "explanation": _explanation(picture, shown),
        "inputs": [(model, _in_force(model, shown, asked.as_of)) for model in (Observation, Target, Standard)],
        "rule": plan_words_of(picture, shown),
        "forecast_part": "figures/_no_forecast.html" if definition.stages else "figures/_forecast.html",
        "versions": tables.revisions(indicator, area=area, year=year, as_of=asked.as_of),
        "figure": _path(picture, place, definition, None, now),
        "picture_file": f"/charts/path/{place.code}/{definition.indicator_id}.svg",
        "path": [found for found in by_year if found],
        "others": [county for county in picture.judged if county.code != area],
        "years": picture.years,
        "contradictions": official_contradictions(areas=[area], years=[year], indicator=indicator, as_of=asked.as_of),
    }
    return render(request, "figures/cell.html", context)


def export(request, name, kind, code=None):
    """The table of a page as csv or xlsx, under the page's own address."""
    picture = Picture(Asked.from_request(request), request.user)
    header, rows = tables.TABLES[name](picture, code)
    asked = picture.asked
    layer = "submitted" if asked.layer == "submitted" else ""
    as_of = f"as-of-{asked.as_of_on}" if asked.as_of_on else ""
    stem = "-".join(filter(None, [name, code, str(picture.year), layer, as_of]))
    return table_response(kind, stem, header, rows, notes=tables.notes(picture))


def _map(cards: list[overview_rows.CountyCard]) -> dict:
    """Shapes of the city; a county carries its card."""
    drawn, height = shapes(settings.BOUNDARIES_FILE)
    by_code = {card.area.code: card for card in cards}
    found = [(shape, by_code.get(shape.code)) for shape in drawn]
    return {"shapes": found, "height": height, "width": 420, "is_of_these": any(line for _, line in found)}


def _chart_row(cell: JudgedCell) -> dict:
    d = cell.definition
    return {
        "name": f"{d.shown_name} *" if d.is_provisional else d.shown_name,
        "unit": term(d.gap_unit),
        "decimals": d.decimals,
        "field": d.field.shown_name,
        "status": cell.status,
        "status_name": str(STATUS_NAMES[cell.status]),
        "gap": cell.gap,
        "reference": cell.reference,
        "standard_gap": cell.row["standard_gap"],
        "standard": cell.row["standard"],
    }


def _chart_names() -> dict:
    return {"value_name": _("与目标的差距"), "standard_name": _("与省定标准的差距")}


def _series(picture: Picture, area: str, code: str, now: OpenYear | None = None) -> dict:
    """What `charts.indicator_path` draws, the projection from the latest year that has a value."""
    drawn = ("value", "target", "standard", "projection", "target_high", "standard_high")
    series: dict = {name: picture.series(area, code, name) for name in drawn}
    series["years"] = list(picture.years)
    points = zip(series["years"], series["value"], series["projection"], strict=True)
    known = [point for point in points if None not in point]
    if known:
        year, value, projection = known[-1]
        if year < picture.plan.final_year:
            series["projection_from"] = (year, value)
            series["projection_to"] = (picture.plan.final_year, projection)
    series["band"] = picture.band(area, code)
    if now is not None:
        series["quarters"] = now.points
        series["year_end"] = now.end_point
    return series


def _path(picture: Picture, area: Area, definition, y_range, now: OpenYear | None = None) -> dict:
    names = {"value": _("实际值"), "target": _("年度目标"), "standard": _("省定标准"), "projection": _("按现速预测")}
    names |= {"empty": _("还没有数据"), "band": _("80%区间")}
    names |= {"quarters": _("季度数（未审核）"), "year_end": _("年末推算（非官方）")}
    series = _series(picture, area.code, definition.indicator_id, now)
    return charts.indicator_path(series, names=names, y_range=y_range, **_scale(definition))


def _scale(definition) -> dict:
    """How the chart writes the row's numbers."""
    names = {"break_year": definition.break_year, "break_words": _("口径改变")}
    return {"decimals": definition.decimals, **names, "stages": [term(name) for name in definition.shown_stages]}


def _indicator_figures(picture: Picture, definition) -> list[tuple[Area, dict]]:
    """One figure a county, all on one scale."""
    lists, now = [], within_year.open_years(picture, definition, picture.judged)
    for area in picture.judged:
        series = _series(picture, area.code, definition.indicator_id, now.get(area.code))
        lists += [series[name] for name in ("value", "target", "standard", "target_high", "standard_high")]
        lists += [[low, high] for _year, low, high in series["band"]]
        lists.append([value for _x, value, _period in series.get("quarters", ())])
        for name in ("projection_to", "year_end"):
            if series.get(name):
                _year, end = series[name]
                lists.append([end])
    y_range = charts.common_range(lists)
    return [(area, _path(picture, area, definition, y_range, now.get(area.code))) for area in picture.judged]


def _explanation(picture: Picture, shown: JudgedCell) -> list[str]:
    language = get_language()[:2]
    span = {"baseline_year": picture.plan.baseline_year, "final_year": picture.plan.final_year}
    return explain(_explained(picture, shown), language=language, **span)


def _explained(picture: Picture, shown: JudgedCell) -> dict:
    d, plan, row = shown.definition, picture.plan, dict(shown.row)
    key = (shown.area.code, d.indicator_id)
    final = picture.records.get((*key, plan.final_year), {})
    return row | {
        "name": d.shown_name,
        "unit": term(d.unit),
        "decimals": d.decimals,
        "area_name": shown.area.shown_name,
        "direction": d.direction,
        "tolerance": float(d.tolerance),
        "lower_bound": d.lower_bound,
        "upper_bound": d.upper_bound,
        "final_target": final.get("target"),
        "final_target_high": final.get("target_high"),
        "stages": d.stages,
        "stages_en": d.stages_en,
        "break_year": d.break_year,
        "break_note": d.break_note,
    }


def _in_force(model: type[Fact], shown: JudgedCell, as_of) -> Fact | None:
    rows = model.objects.as_of(as_of).filter(area=shown.area, indicator=shown.definition.indicator_id, year=shown.year)
    return rows.select_related("document", "recorded_by").first()
