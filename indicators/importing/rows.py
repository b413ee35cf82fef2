"""The rows of an uploaded official table, each compared with what is in force: `Reader` puts them into a `Preview`."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from accounts.models import Organisation
from areas.models import Area
from areas.names import area_codes
from indicators.actions import FactKey, FactRow, compare
from indicators.definitions.actions import DEFINITION_FIELDS
from indicators.definitions.rows import Definitions
from indicators.facts.notes import imported_note
from indicators.importing.days import day_reached, require_day
from indicators.importing.parts import has_parts, kept_parts, number_and_parts
from indicators.importing.preview import ImportLine, OfficialPreview
from indicators.importing.row_checks import mark_problems, unit_problems
from indicators.importing.words import (
    CONFIRMED_WORDS,
    column_label,
    column_value_words,
    confirmed_words,
    joint_notes,
    key_words,
    mark_words,
    number_words,
    quotient_words,
    words_of_equal,
)
from indicators.importing.workbook import OBSERVATIONS, STANDARDS, TARGETS
from indicators.models import Fact, IndicatorDefinition, Observation, Standard, Target
from indicators.terms.parts import NO_PARTS, RatioParts
from lib.numbers import plain
from lib.tabular.cells import SpreadsheetError
from lib.tabular.table_reading import Content, Placed, Problem, Record, WideNumber, normal, year_of
from lib.tabular.value_cells import Ends, parse_ends
from lib.value_words import stage_names
from plan.models import Cite

MODELS = {TARGETS.name: Target, STANDARDS.name: Standard, OBSERVATIONS.name: Observation}
NOTED = 20
spelled = lru_cache(maxsize=1_000)(normal)  # known codes are held against each of twenty thousand faulty rows


class Reader:
    """Turns records into rows to be recorded, each compared with what is in force."""

    def __init__(self, preview: OfficialPreview, years: range):
        self.preview, self.years = preview, years
        self.counties = {area.code: area for area in Area.objects.judged()}
        self.area_codes = area_codes(self.counties.values())
        rows = IndicatorDefinition.objects.as_of().select_related("indicator", "field", "chapter")
        self.current = {row.indicator_id: row for row in rows.order_by("indicator__position", "indicator")}
        self.definitions: dict[str, Mapping] = {}
        for code, row in self.current.items():
            self.definitions[code] = {name: getattr(row, name) for name in DEFINITION_FIELDS}
        self.listed: dict[str, int] = {}
        self.blanks: list[int] = []

    def refuse(self, *problems: Problem) -> None:
        self.preview.lines += [ImportLine(p.sheet, p.row, p.column, "refused", words=p.words) for p in problems]

    # Definitions

    def read_definitions(self, content: Content) -> None:
        reading = Definitions(self.current, content)
        for record in content.records:
            values, problems = reading.read(record)
            if problems:
                self.refuse(*problems)
                continue
            code = values["code"]
            if code in self.listed:
                self.refuse(record.problem("code", f"{code} 与第 {self.listed[code]} 行重复"))
                continue
            self.listed[code] = record.row.number
            self.preview.definitions.append(values)
            self.preview.lines.append(self._definition_line(record, values))
            self.definitions[code] = values
        if content.records:
            self._place(content)

    def _definition_line(self, record: Record, values: dict) -> ImportLine:
        old = self.current.get(values["code"])
        verdict, words, differing = "new", "", []
        if old is not None:
            differing = [name for name in DEFINITION_FIELDS if getattr(old, name) != values[name]]
            verdict = "changed" if differing else "same"
        shown = [name for name in differing if name not in ("cite", "tolerance_cite")]
        if differing:
            words = confirmed_words(differing) if shown else f"内容不变，{CONFIRMED_WORDS}"
        return ImportLine(
            record.sheet,
            record.row.number,
            record.cells["code"].at,
            verdict,
            what=f"{values['code']} {values['name']}",
            old="；".join(f"{column_label(name)} {column_value_words(name, getattr(old, name))}" for name in shown),
            new="；".join(f"{column_label(name)} {column_value_words(name, values[name])}" for name in shown),
            words=words,
            indicator=values["code"],
        )

    def _place(self, content: Content) -> None:
        """Positions by the order of the table where it lists every indicator; else new ones come last."""
        preview = self.preview
        absent = [f"{code} {row.name}" for code, row in self.current.items() if code not in self.listed]
        preview.missing += [f"指标 {line}" for line in absent]
        last = max((row.indicator.position for row in self.current.values()), default=-1)
        for position, values in enumerate(preview.definitions):
            old = self.current.get(values["code"])
            if not absent:
                values["position"] = position
            elif old is not None:
                values["position"] = old.indicator.position
            else:
                last += 1
                values["position"] = last
        duties = set(Organisation.objects.exclude(duty="").values_list("duty", flat=True))
        unknown = sorted({values["owner"] for values in preview.definitions} - duties)
        if unknown:
            preview.notes.append(f"责任部门 {'、'.join(unknown)} 还没有对应的单位，请在后台增加，否则没有人能填报")

    # Facts

    def read_facts(self, content: Content) -> None:
        model = MODELS[content.table.name]
        current = {(f.area_id, f.indicator_id, f.year): f for f in model.objects.as_of()}
        joint = joint_notes(current.values())
        seen: dict[tuple, str] = {}
        rows = self.preview.facts.setdefault(model, [])
        for record in content.records:
            faults, areas = self._faults(record, content, each_county=model is Standard)
            if faults:
                self.refuse(*faults)
                continue
            for place, own_area, year, ends, parts in self._numbers(record):
                for area in [own_area] if own_area else areas:
                    key = (area, record.text("code"), year)
                    if key in seen:
                        self.refuse(_at(record, place, f"{key_words(key, self.counties)} 与 {seen[key]} 重复"))
                        continue
                    seen[key] = place.at
                    note = imported_note(record.text("note"), current.get(key), joint.get(key[:2], ""))
                    row = self._fact_row(record, key, ends, parts, note, current.get(key))
                    rows.append(row)
                    self.preview.lines.append(self._fact_line(record, place, row, current.get(key)))
        self._note_blanks(content)
        if model is Observation:
            self._note_falls(current, rows)
        elif content.records:
            self._list_missing(model, current, seen)

    def _fact_row(
        self, record: Record, key: FactKey, ends: Ends, parts: RatioParts, note: str, old: Fact | None
    ) -> FactRow:
        own, (area, code, year) = kept_parts(parts, ends.value, old), key
        is_value = record.sheet == OBSERVATIONS.name
        return FactRow(
            area,
            code,
            year,
            ends.value,
            cite=Cite.OFFICIAL,
            note=note,
            numerator=own.numerator,
            denominator=own.denominator,
            reached_on=day_reached(record, ends.value, old) if is_value else None,
            value_high=ends.high,
        )

    def _faults(self, record: Record, content: Content, *, each_county: bool) -> tuple[list[Problem], list[str]]:
        """What is wrong with whom and what the row speaks of; the codes of its areas, where no column says them."""
        found, code = [*record.unreadable("value"), *mark_problems(record)], record.text("code")
        definition = self.definitions.get(code)
        found += self._naming_problems(record, code, definition)
        if definition is not None:
            found += unit_problems(record, definition, content)
        problems, areas = self._areas(record, each_county=each_county)
        return [*found, *problems], areas

    def _naming_problems(self, record: Record, code: str, definition: Mapping | None) -> list[Problem]:
        if definition is None:
            return [record.problem("code", self._unknown_indicator(record, code))]
        if record.text("name") and normal(record.text("name")) != normal(definition["name"]):
            words = f"代码 {code} 是“{definition['name']}”，表中写的是“{record.text('name')}”；请核对代码和名称"
            return [record.problem("name", words)]
        return []

    def _areas(self, record: Record, *, each_county: bool) -> tuple[list[Problem], list[str]]:
        """The counties that a row speaks of: by code, by name alone, or every one where it names none and may do so."""
        given, name = record.text("area"), record.text("area_name")
        if not given and not name and (each_county or any(number.area for number in record.numbers)):
            return [], list(self.counties)
        area = given or self.area_codes.get(name, "")
        if area not in self.counties:
            return [self._unknown_area(record, given, name)], []
        if given and name and self.area_codes.get(name) != area:
            words = f"代码 {area} 是{self.counties[area].name}，表中写的是“{name}”；请核对"
            return [record.problem("area_name", words)], []
        return [], [area]

    def _unknown_area(self, record: Record, given: str, name: str) -> Problem:
        known = "、".join(f"{code} {place.name}" for code, place in self.counties.items())
        if given:
            return record.problem("area", f"没有代码为“{given}”的地区；应为 {known}")
        if name:
            return record.problem("area_name", f"没有名为“{name}”的地区；应为 {known}")
        return record.problem("area", f"区划代码为空；应为 {known}")

    def _unknown_indicator(self, record: Record, code: str) -> str:
        if not code:
            return "指标代码为空"
        twin = next((c for c in self.definitions if spelled(c) == spelled(code)), None)
        if twin:
            return f"代码“{code}”应写作 {twin}"
        return f"没有代码为“{code}”的指标；请核对，或先在“指标”表里增加"

    def _numbers(self, record: Record) -> Iterator[tuple[Placed, str, int, Ends, RatioParts]]:
        """Each filled cell with its area (where its column says it), year, number, parts; faulty ones are refused."""
        definition = self.definitions[record.text("code")]
        for area, year, place in self._places(record):
            if year not in self.years:
                words = f"{year} 年不在方案期 {self.years[0]}–{self.years[-1]} 之内"
                self.refuse(_at(record, place, words))
                continue
            try:
                ends, parts = self._ends_and_parts(place, record, definition)
            except SpreadsheetError as error:
                self.refuse(_at(record, place, str(error)))
                continue
            yield place, area, year, ends, parts

    def _ends_and_parts(self, place: Placed, record: Record, definition: Mapping) -> tuple[Ends, RatioParts]:
        """SpreadsheetError in words where the cell is no number, band or stage of the indicator."""
        if record.sheet == OBSERVATIONS.name:
            number, parts = number_and_parts(place.cell, record, definition)
            ends = Ends(number)
            _check_whole(number, definition)
            require_day(record, definition)
        else:
            parts = NO_PARTS
            shape = {"unit": definition["unit"], "stages": stage_names(definition["stages"])}
            ends = parse_ends(place.cell, is_band=definition["direction"] == 0, **shape)
        for end in ends:
            if end is not None:
                _check_bounds(end, definition)
        return ends, parts

    def _places(self, record: Record) -> Iterator[tuple[str, int, Placed]]:
        """Area ("" where the row says it), year and place of each filled cell."""
        filled = [number for number in record.numbers if not number.place.cell.is_empty]
        if "value" in record.cells:
            value = record.cells["value"]
            filled = [] if value.cell.is_empty and not has_parts(record) else [WideNumber("", None, value)]
        if not filled:
            self.blanks.append(record.row.number)
        own_year = year_of(record.text("year"))
        if own_year is None and any(number.year is None for number in filled):
            self.refuse(record.problem("year", f"“{record.text('year')}”不是年份；应为四位数字，例如 {self.years[1]}"))
            return
        for number in filled:
            year = number.year or own_year
            if year is not None:
                yield number.area, year, number.place

    def _fact_line(self, record: Record, place: Placed, row: FactRow, old: Fact | None) -> ImportLine:
        definition = self.definitions[row.indicator]
        verdict = compare(old, row, counts_notes=True)
        return ImportLine(
            record.sheet,
            record.row.number,
            place.at,
            verdict,
            what=key_words(row.key, self.counties, self.definitions[row.indicator]["name"]),
            old=f"{number_words(old, definition)}{mark_words(old)}" if old else "",
            new=f"{number_words(row, definition)}{quotient_words(row)}",
            words=words_of_equal(old, row) if verdict == "changed" and old is not None else "",
            area=row.area,
            indicator=row.indicator,
            year=row.year,
        )

    def _note_blanks(self, content: Content) -> None:
        """An empty cell says nothing; a row of which nothing is said is told."""
        if self.blanks and "value" in content.columns:
            listed = "、".join(str(number) for number in self.blanks[:NOTED])
            more = f"等 {len(self.blanks)} 行" if len(self.blanks) > NOTED else "行"
            self.preview.notes.append(f"{content.table.name}：第 {listed} {more}没有填数值，没有读取（已有的数值保留）")
        self.blanks.clear()

    def _note_falls(self, current: Mapping[tuple, Fact], rows: Sequence[FactRow]) -> None:
        """A running total does not fall. An official correction may say so all the same, hence a note only."""
        values = {key: fact.value for key, fact in current.items()} | {row.key: row.value for row in rows}
        keys = {row.key for row in rows if self.definitions[row.indicator]["kind"] == "cumulative"}
        falls = []
        for area, indicator, year in sorted(keys | {(area, code, year + 1) for area, code, year in keys}):
            before, now = values.get((area, indicator, year - 1)), values.get((area, indicator, year))
            if before is not None and now is not None and now < before:
                words = key_words((area, indicator, year), self.counties)
                falls.append(f"{words} 的累计值 {plain(now)} 小于上年的 {plain(before)}，请核对")
        self.preview.notes += falls[:NOTED]
        if len(falls) > NOTED:
            self.preview.notes.append(f"另有 {len(falls) - NOTED} 处累计值小于上年")

    def _list_missing(self, model, current, seen) -> None:
        left: dict[tuple[str, str], list[int]] = {}
        for area, indicator, year in current.keys() - seen.keys():
            left.setdefault((area, indicator), []).append(year)
        for (area, indicator), years in sorted(left.items()):
            listed = "、".join(str(year) for year in sorted(years))
            name = self.counties[area].name if area in self.counties else area
            self.preview.missing.append(f"{model._meta.verbose_name} {name} {indicator}：{listed}")


def _at(record: Record, place: Placed, words: str) -> Problem:
    return Problem(record.sheet, record.row.number, f"{place.at} {place.title}", words)


def _check_bounds(number: Decimal, definition: Mapping) -> None:
    lower, upper, unit = definition["lower_bound"], definition["upper_bound"], definition["unit"]
    if lower is not None and number < lower:
        raise SpreadsheetError(f"{plain(number)} 低于下限 {plain(lower)} {unit}")
    if upper is not None and number > upper:
        raise SpreadsheetError(f"{plain(number)} 高于上限 {plain(upper)} {unit}")


def _check_whole(number: Decimal, definition: Mapping) -> None:
    """What is counted in whole numbers has no halves; a target may well be a mean."""
    if definition["decimals"] == 0 and number != number.to_integral_value():
        raise SpreadsheetError(f"{plain(number)} 不是整数；{definition['name']}按整数计，请核对单位和小数点")
