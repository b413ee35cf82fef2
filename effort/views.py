"""The page of the smallest effort: what the user sets, and the sets of effort that fit. Nothing is stored."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from areas.models import Area
from effort.choices import EffortChoice, Key, cost_of, reached, reached_by_area, unknown_costs
from effort.frames import EffortFacts, RowFacts, Terms, effort_facts
from effort.solver import EffortAnswer, EffortAnswers, answers_to
from figures.asked import Asked
from figures.picture import Picture
from lib.web.filters import one
from projects.models import Project

QUANTILES = {"0.6": 0.6, "0.75": 0.75, "0.9": 0.9}
KIND_NAMES = {
    "one_more": gettext_lazy("多达标一项的最小努力"),
    "fewest": gettext_lazy("达标最多，加力的指标最少"),
    "cheapest": gettext_lazy("达标最多，花钱最少"),
    "even": gettext_lazy("达标最多，各地最均衡"),
    "other": gettext_lazy("另一种组合"),
}
MOST_PUSHED, MOST_LEAST, MOST_BUDGET = 50, 50, 10_000
LONGEST_WHOLE = 9  # digits; some thousand are no number to Python


@dataclass(frozen=True)
class EffortLine:
    """A row that an option brings to its target, and what it needs for that. `finished`: the projects that help it;
    `gain`: what it has to gain a year by itself, positive good."""

    facts: RowFacts
    is_pushed: bool
    finished: list[Project]
    gain: float
    whatif: str

    @property
    def is_by_itself(self) -> bool:
        return not self.is_pushed and not self.finished


@dataclass(frozen=True)
class Option:
    """One set of effort. `lines`: the rows that need some; `by_itself`: how many of the reached ones need none."""

    names: list[str]
    lines: list[EffortLine]
    reached: int
    by_itself: int
    by_area: list[tuple[Area, int]]
    pushed: int
    finished: list[Project]
    cost: float
    unknown: list[str]
    is_proven: bool


@require_safe
def effort(request):
    """The sets of rows that together bring most rows of a county, or of the page's counties, to their targets."""
    picture = Picture(Asked(), request.user, is_bounded=True)
    by_code = {area.code: area for area in picture.counties}
    chosen = one(request.GET, "area", {code: area.name for code, area in by_code.items()})
    areas = [by_code[chosen]] if chosen else list(picture.counties)
    terms, errors = read_terms(request.GET)
    facts = effort_facts(picture, areas, terms)
    answers = EffortAnswers(0) if errors else answers_to(facts.asked)
    options = [_option(picture, facts, answer, areas) for answer in answers.found]
    context = {
        "picture": picture,
        "areas": areas,
        "chosen": by_code.get(chosen),
        "terms": terms,
        "given": {name: request.GET.get(name, "") for name in ("pushed", "budget", "least")},
        "quantile": request.GET.get("quantile") or "0.75",
        "quantiles": [(text, round(100 * (1 - share))) for text, share in QUANTILES.items()],
        "errors": errors,
        "facts": facts,
        "answers": answers,
        "options": options,
        "heading": _heading(facts, answers, options, errors),
        "better": round(100 * (1 - terms.quantile)),
    }
    return render(request, "effort/effort.html", context, status=400 if errors else 200)


def read_terms(given) -> tuple[Terms, list[str]]:
    """What the address sets; and what of it cannot be, in words."""
    errors: list[str] = []
    pushed = _whole(given.get("pushed"), _("每个地区最多同时加力几项"), MOST_PUSHED, errors)
    least = _whole(given.get("least"), _("每个地区至少达标几项"), MOST_LEAST, errors)
    budget = _amount(given.get("budget"), errors)
    quantile = given.get("quantile") or "0.75"
    if quantile not in QUANTILES:
        errors.append(_("加力的标准只能选 {known}。").format(known="、".join(QUANTILES)))
        quantile = "0.75"
    terms = Terms(
        most_pushed=Terms.most_pushed if pushed is None else pushed,
        budget=budget,
        least=least or 0,
        quantile=QUANTILES[quantile],
        ordinary=given.get("ordinary") != "no",
        stalled=given.get("stalled") == "yes",
    )
    return terms, errors


def _whole(text: str | None, label: str, most: int, errors: list[str]) -> int | None:
    text = (text or "").strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_WHOLE
    if not is_number or int(text) > most:
        words = _("{label}：“{text}”不行，请填 0 至 {most} 的整数。")
        errors.append(words.format(label=label, text=text[:20], most=most))
        return None
    return int(text)


def _amount(text: str | None, errors: list[str]) -> float | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= MOST_BUDGET:
        words = _("资金：“{text}”不行，请填 0 至 {most} 的数，单位亿元；不限就留空。")
        errors.append(words.format(text=text[:20], most=MOST_BUDGET))
        return None
    return float(number)


def _option(picture: Picture, facts: EffortFacts, answer: EffortAnswer, areas: list[Area]) -> Option:
    choice, asked = answer.choice, facts.asked
    keys = reached(asked, choice)
    lines = [_line(picture, facts, key, choice) for key in facts.rows if key in keys]
    counts = reached_by_area(asked, choice)
    return Option(
        names=[str(KIND_NAMES[kind]) for kind in answer.kinds],
        lines=[line for line in lines if not line.is_by_itself],
        reached=len(keys),
        by_itself=sum(line.is_by_itself for line in lines),
        by_area=[(area, counts.get(area.code, 0)) for area in areas],
        pushed=len(choice.pushed),
        finished=[facts.projects[code] for code in sorted(choice.finished)],
        cost=round(cost_of(asked, choice), 4),
        unknown=unknown_costs(asked, choice),
        is_proven=answer.is_proven,
    )


def _line(picture: Picture, facts: EffortFacts, key: Key, choice: EffortChoice) -> EffortLine:
    row = next(row for row in facts.asked.rows if row.key == key)
    own = facts.rows[key]
    finished = []
    if not row.is_reached(pushed=False, finished=()):
        finished = [facts.projects[code] for code in sorted(row.helped) if code in choice.finished]
    helped = sum(row.helped[project.code] for project in finished)
    return EffortLine(
        facts=own,
        is_pushed=key in choice.pushed,
        finished=finished,
        gain=round((row.missing - helped) / own.years, 4),
        whatif=whatif_address(own),
    )


def whatif_address(facts: RowFacts) -> str:
    """What-if with the whole change a year that brings the row to its target, rounded away from too little."""
    exact = Decimal(str(facts.needed)).quantize(Decimal("0.000001"), rounding=ROUND_UP)
    yearly = facts.definition.direction * exact
    told = {"area": facts.area.code, "indicator": facts.definition.indicator_id, "a_yearly": f"{yearly.normalize():f}"}
    return f"{reverse('whatif')}?{urlencode(told)}"


def _heading(facts: EffortFacts, answers: EffortAnswers, options: list[Option], errors: list[str]) -> str:
    """What there is to say, first."""
    if errors:
        return _("有一处填得不对，还没有测算")
    if not facts.asked.rows:
        return _("没有可以再努力的指标：有数值、有目标的都已达到")
    if answers.most_for_all is not None:
        words = _("这样的条件没有组合能满足：每个地区至少达标{least}项做不到，最多每个地区{most}项")
        return words.format(least=facts.asked.least, most=answers.most_for_all)
    if not options:
        words = _("在这些条件下，没有组合能比照常多达标一项；{n}项照常就能达到")
        return words.format(n=answers.by_itself)
    words = _("照常{by_itself}项能达到；加上努力，最多{most}项，共{n}项没有达到")
    most = max(option.reached for option in options)
    return words.format(by_itself=answers.by_itself, most=most, n=len(facts.asked.rows))
