"""One assessed row in plain words, in Chinese and English: inputs, rule, arithmetic, result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

import pandas as pd

from indicators.explanations.stages import STAGED_PARTS, TEXTS_EN_OF_STAGES, TEXTS_ZH_OF_STAGES
from indicators.explanations.words import LABELS_EN, LABELS_ZH, TEXTS_EN, TEXTS_ZH
from indicators.terms.applicability import NOT_APPLICABLE
from lib.value_words import goal_words, stage_name, stage_names

MINUS = "\N{MINUS SIGN}"


def explain(
    row: Mapping[str, Any] | pd.Series,
    *,
    language: str | None = None,
    baseline_year: int = 2022,
    final_year: int = 2027,
) -> list[str]:
    """Sentences on one assessed row: inputs, rule, arithmetic, result.

    `row` holds the input and output columns of `gaps.assess` and, where known, `name`, `area_name`, `unit`,
    `decimals`, and after the final year `final_target`. The value of the baseline year and, up to the final
    year, the final target are recovered from the outputs, so the row needs no neighbours.
    `language` is "zh", "en" or None: Chinese, then English. The years are those that `assess` was given.
    ValueError on another language.
    """
    if language not in (None, *VOICES):
        raise ValueError(f"language: {language!r} is neither zh nor en")
    facts = _facts(row, baseline_year, final_year)
    voices = {language: VOICES[language]} if language else VOICES
    parts: Sequence[Callable[[Any, Any], Iterator[str]]] = PARTS_OF_STAGES if facts.stages else PARTS
    if row["status"] == NOT_APPLICABLE:
        parts = (_not_applicable,)
    found: list[str] = []
    for code, say in voices.items():
        for part in parts:
            found.extend(part(facts._replace(language=code), say))
    return found


class _Voice(NamedTuple):
    """One language: the text of a key with its blanks filled, or the label of a code."""

    texts: dict[str, str]
    labels: dict[str, str]

    def __call__(self, key: str, **blanks: Any) -> str:
        return self.texts[key].format(**blanks)

    def label(self, code: str) -> str:
        return self.labels[code]


VOICES = {
    "zh": _Voice(TEXTS_ZH | TEXTS_ZH_OF_STAGES, LABELS_ZH),
    "en": _Voice(TEXTS_EN | TEXTS_EN_OF_STAGES, LABELS_EN),
}


class _Facts(NamedTuple):
    """The row's numbers as exact decimals, None where absent."""

    row: Mapping[str, Any] | pd.Series
    n: dict[str, Any]  # Decimals, None where absent: whoever reckons with one has asked `have` before
    year: int
    baseline: int
    end: int
    places: int
    language: str = "zh"  # that it is told in

    @property
    def d(self) -> int:
        return int(self.n["direction"])

    @property
    def stages(self) -> tuple[str, ...]:
        english = self.row.get("stages_en") if self.language == "en" else ""
        return stage_names(english or self.row.get("stages") or "")

    def show(self, key: str) -> str:
        """An amount as typed, with at least the row's decimals; a stage by its name."""
        name = stage_name(self.n[key], self.stages) if key in STAGED else None
        if name is None:
            return _plain(self.n[key], self.places)
        return f"“{name}”"

    def span(self, key: str) -> str:
        """An amount; of a band, both ends."""
        upper_end = f"{key}_high"
        if key in GOALS and self.d and not self.stages:
            return goal_words(self.n[key], self.places, direction=self.d)
        if self.n.get(upper_end) is None:
            return self.show(key)
        return f"{self.show(key)}–{self.show(upper_end)}"

    def rough(self, key: str) -> str:
        """A quotient, rounded."""
        return _rounded(self.n[key], self.places)

    def minus(self, first: str, second: str) -> str:
        return f"{self.show(first)} {MINUS} {_bracket(self.show(second))}"

    def better(self, first: str, second: str) -> str:
        """The difference that is positive where `first` is the better one."""
        return self.minus(first, second) if self.d > 0 else self.minus(second, first)

    def plain(self, number: Decimal) -> str:
        return _plain(number)

    def have(self, *keys: str) -> bool:
        return all(self.n[key] is not None for key in keys)

    def no_outlook(self) -> str | None:
        """The text that says why there is none."""
        if not self.have("value"):
            return "unknown_value"
        if self.year <= self.baseline:
            return "unknown_year"
        return None if self.have("final_target") else "unknown_final"


INPUTS = ("value", "target", "standard", "direction", "tolerance", "target_high", "standard_high")
GAPS = ("gap", "attainment", "standard_gap", "ambition_gap")
CHANGES = ("change", "mean_change", "required_change", "pace", "projection")
GOALS = ("target", "standard", "final_target")
STAGED = ("value", "target", "standard", "target_high", "standard_high", "final_target", "baseline_value", "previous")


def _facts(row: Mapping[str, Any] | pd.Series, baseline: int, end: int) -> _Facts:
    names = (*INPUTS, *GAPS, *CHANGES, "final_target", "final_target_high", "decimals")
    n: dict[str, Any] = {name: _decimal(row.get(name)) for name in names}
    year = int(row["year"])
    v, mean, required = n["value"], n["mean_change"], n["required_change"]
    # Recovered from the outputs, so that the words speak of the numbers that were judged, not of later ones.
    n["baseline_value"] = None if mean is None else _typed(v - mean * (year - baseline))
    if year == end:
        n["final_target"], n["final_target_high"] = n["target"], n["target_high"]
    elif year < end:
        is_given = n["direction"] == 0 or bool(row.get("stages"))
        if not is_given:
            n["final_target"] = None
    if required is not None:
        n["final_target"] = _typed(v + required * (end - year))
    n["previous"] = None if n["change"] is None else _typed(v - n["change"])
    return _Facts(row, n, year, baseline, end, int(n["decimals"] or 0))


def _decimal(number: Any) -> Decimal | None:
    if number is None or pd.isna(number):
        return None
    return number if isinstance(number, Decimal) else Decimal(repr(float(number)))


def _typed(number: Decimal) -> Decimal:
    return round(number, 6)


def _plain(number: Decimal, places: int = 0) -> str:
    digits = f"{_typed(number):f}".rstrip("0")
    shown = max(places, len(digits.partition(".")[2]))
    return f"{_typed(number) + 0:.{shown}f}".replace("-", MINUS)


def _rounded(number: Decimal, places: int) -> str:
    return _plain(round(number, max(places + 1, 2)), places)


def _bracket(number: str) -> str:
    return f"({number})" if number.startswith(MINUS) else number


def _share(number: Decimal) -> str:
    # Rounded down, so that a share just short of a band never reads as if it were in it.
    percent = (number * 100).quantize(Decimal("0.1"), rounding=ROUND_FLOOR)
    return f"{_plain(percent)}%"


def _not_applicable(f: _Facts, say: _Voice) -> Iterator[str]:
    yield say("not_applicable", who=_who(f), year=f.year)


def _who(f: _Facts) -> str:
    """Area and indicator by their names; by their codes where the row has none."""
    area = f.row.get("area_name") or f.row["area"]
    indicator = f.row.get("name") or f.row["indicator"]
    return f"{area} {indicator}"


def _break(f: _Facts, say: _Voice) -> Iterator[str]:
    """From when on the row is another one; nothing before that year."""
    year = f.row.get("break_year")
    if year is not None and not pd.isna(year) and f.year >= int(year):
        yield say("break", year=int(year), words=f.row.get("break_note") or "")


def _inputs(f: _Facts, say: _Voice) -> Iterator[str]:
    unit = f.row.get("unit") or ""
    suffix = unit if unit in ("", "%") else f" {unit}"
    if f.stages:
        suffix = ""
    amounts = {}
    for key in ("value", "target", "standard"):
        amounts[key] = f.span(key) + suffix if f.have(key) else say.label("absent")
    yield say(
        "inputs_of_stages" if f.stages else "inputs",
        stages=" → ".join(f.stages),
        who=_who(f),
        year=f.year,
        v=amounts["value"],
        t=amounts["target"],
        s=amounts["standard"],
        tolerance=f.show("tolerance") + suffix,
        direction=say.label("higher" if f.d > 0 else "lower" if f.d else "band"),
    )


def _own(f: _Facts, say: _Voice) -> Iterator[str]:
    yield from _against("target", "gap", f.row["status"], f, say)
    if f.have("attainment"):
        top, bottom = ("value", "target") if f.d > 0 else ("target", "value")
        ratio = f"{f.show(top)} ÷ {_bracket(f.show(bottom))}"
        yield say("attainment", sum=ratio, share=_share(f.n["attainment"]))


def _standard(f: _Facts, say: _Voice) -> Iterator[str]:
    yield from _against("standard", "standard_gap", f.row["standard_status"], f, say)


def _against(benchmark: str, gap: str, status: str, f: _Facts, say: _Voice) -> Iterator[str]:
    words = {"benchmark": say.label(benchmark), "status": say.label(status), "year": f.year}
    if status in ("no_target", "no_standard"):
        yield say("no_benchmark", **words)
    elif status in ("not_due", "unreported"):
        yield say(status, **words)
    else:
        difference = f.better("value", benchmark) if f.d else _to_the_nearer_end(f, benchmark)
        yield say("gap", sum=difference, gap=f.show(gap), **words)
        yield say(status, tolerance=f.show("tolerance"), **words)


def _to_the_nearer_end(f: _Facts, benchmark: str) -> str:
    above_low, below_high = f.n["value"] - f.n[benchmark], f.n[f"{benchmark}_high"] - f.n["value"]
    return f.minus("value", benchmark) if above_low <= below_high else f.minus(f"{benchmark}_high", "value")


def _ambition(f: _Facts, say: _Voice) -> Iterator[str]:
    if not f.have("ambition_gap"):
        return
    gap = f.n["ambition_gap"]
    key = "ambition_equal"
    if gap:
        key = "ambition_below" if gap < 0 else "ambition_above"
    yield say(key, t=f.show("target"), s=f.show("standard"), gap=_plain(abs(gap), f.places))


def _change(f: _Facts, say: _Voice) -> Iterator[str]:
    if not f.have("change"):
        yield say("change_unknown")
        return
    words = say("change", sum=f.minus("value", "previous"), change=f.show("change"))
    yield words + say(_way(f))


def _way(f: _Facts) -> str:
    """Which way the row has gone; a band has no better side."""
    if f.row["is_slipping"]:
        return "slipping" if f.d else "neither"
    if f.n["change"]:
        return "improving" if f.d else "neither"
    return "steady"


def _pace(f: _Facts, say: _Voice) -> Iterator[str]:
    years = {"baseline": f.baseline, "end": f.end}
    if f.have("mean_change"):
        ratio = f"({f.minus('value', 'baseline_value')})"
        yield say("mean_change", sum=ratio, years=f.year - f.baseline, mean=f.rough("mean_change"), **years)
    if f.have("required_change"):
        blanks = {"final": f.show("final_target"), "required": f.rough("required_change")}
        ratio = f"({f.minus('final_target', 'value')})"
        yield say("required_change", sum=ratio, years=f.end - f.year, **blanks, **years)
    if f.have("pace") and (f.have("target") or f.have("final_target")):
        yield _pace_sum(f, say)


def _pace_sum(f: _Facts, say: _Voice) -> str:
    blanks = {
        "done": f"({f.minus('value', 'baseline_value')})",
        "pace": _share(f.n["pace"]),
        "v0": f.show("baseline_value"),
        "baseline": f.baseline,
    }
    if f.have("target"):
        return say("pace_own", due=f"({f.minus('target', 'baseline_value')})", **blanks)
    whole = f"({f.minus('final_target', 'baseline_value')})"
    elapsed, span = f.year - f.baseline, f.end - f.baseline
    return say("pace_linear", whole=whole, elapsed=elapsed, span=span, **blanks)


def _outlook(f: _Facts, say: _Voice) -> Iterator[str]:
    outlook = f.row["outlook"]
    final = f.span("final_target") if f.have("final_target") else ""
    blanks = {
        "outlook": say.label(outlook),
        "year": f.year,
        "baseline": f.baseline,
        "end": f.end,
        "final": final,
        "of_final": f" of {final}" if final else "",
        "pace": _share(f.n["pace"]) if f.have("pace") else "",
    }
    if f.d == 0:
        key = f"band_{outlook}"
        if outlook == "unknown":
            key = f.no_outlook() or "unknown_final"
        yield say("band_pace")
        yield say(key, **blanks)
        return
    if outlook in ("achieved", "missed"):
        yield say(outlook, **blanks)
    elif f.have("pace") and outlook != "unknown":
        yield say(f"pace_{outlook}", **blanks)
    elif reason := f.no_outlook():
        yield say(reason, **blanks)
    else:
        yield _no_pace(f, say)
        yield say("unknown_pace" if outlook == "unknown" else f"keep_{outlook}", **blanks)


def _no_pace(f: _Facts, say: _Voice) -> str:
    if not f.have("mean_change"):
        return say("no_baseline", baseline=f.baseline)
    blanks = {"v0": f.show("baseline_value"), "baseline": f.baseline, "end": f.end}
    if f.d * (f.n["final_target"] - f.n["baseline_value"]) <= 0:
        return say("keep", final=f.show("final_target"), **blanks)
    return say("nothing_due", t=f.show("target"), **blanks)


def _projection(f: _Facts, say: _Voice) -> Iterator[str]:
    years = {"year": f.year, "baseline": f.baseline, "end": f.end}
    if not f.have("projection"):
        yield say(_no_projection(f), **years)
        return
    left = f.end - f.year
    raw = f.n["value"] + f.n["mean_change"] * left
    blanks = {"v": f.show("value"), "mean": _bracket(f.rough("mean_change")), "left": left}
    yield say("projection", raw=_future(raw, f), **blanks, **years)
    if _typed(raw) != _typed(f.n["projection"]):
        yield say("clipped", projection=f.show("projection"))
    if f.have("final_target") and f.d:
        reach = say.label("reaches" if _reaches(f) else "falls_short")
        yield say("verdict", reach=reach, final=f.show("final_target"), **years)


def _no_projection(f: _Facts) -> str:
    if f.year <= f.baseline:
        return "unprojected_early"
    if f.year > f.end:
        return "unprojected_late"
    return "unprojected_baseline" if f.have("value") else "unprojected_value"


def _future(number: Decimal, f: _Facts) -> str:
    """Rounded, unless that would make a near miss of the final target read as a hit."""
    rounded = _rounded(number, f.places)
    is_near_miss = f.have("final_target") and rounded == _rounded(f.n["final_target"], f.places)
    return _plain(number, f.places) if is_near_miss else rounded


def _reaches(f: _Facts) -> bool:
    return f.d * (_typed(f.n["projection"]) - f.n["final_target"]) >= 0


def _conflict(f: _Facts, say: _Voice) -> Iterator[str]:
    """The judgement looks back, the projection ahead: where they point different ways, say both."""
    outlook = f.row["outlook"]
    if not f.d or outlook in ("unknown", "undecided"):
        return
    if f.year >= f.end or not f.have("projection", "final_target"):
        return
    reaches = _reaches(f)
    if (outlook in ("achieved", "on_track")) == reaches:
        return
    yield say(
        "conflict",
        outlook=say.label(outlook),
        end=f.end,
        projection=_future(f.n["projection"], f),
        reach=say.label("reaches" if reaches else "falls_short"),
        final=f.show("final_target"),
    )


PARTS = (_inputs, _break, _own, _standard, _ambition, _change, _pace, _outlook, _projection, _conflict)
PARTS_OF_STAGES = (_inputs, _break, *STAGED_PARTS)
