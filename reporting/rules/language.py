"""Rules between numbers in a small language, and whether they hold. Pure: no database, exact arithmetic.

    A2 <= A1                          two rows of one county and year
    A3 ~ projects.completed ± 5 %      a row and a register, alike within 5 % of the right side (or ± 2: two units)
    A3 >= A3[-1]                      this year and the year before
    sum(A4) >= 100                    over all counties
    P03 * P05 / 100 <= P04 + 0.5        the four operations, brackets, numbers

    rule     = sum, comparison, sum, [ "±", number, [ "%" ] ] ;
    sum      = product, { ( "+" | "-" ), product } ;
    product  = part, { ( "*" | "/" ), part } ;
    part     = number | quantity | "sum", "(", quantity, ")" | "(", sum, ")" | "-", part ;
    quantity = name, [ "[", "-", digits, "]" ] ;
    name     = an indicator's code, or a register's figure: projects.completed ;

"~" needs a "±" and nothing else takes one. A quantity that is not known, and a division by zero, leave a rule unjudged:
not reported is not wrong."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

LONGEST, DEEPEST, MOST_YEARS_BACK = 200, 20, 10
COMPARISONS = ("<=", ">=", "<", ">", "=", "~")
ALIASES = {"≤": "<=", "≥": ">=", "≈": "~", "＝": "=", "−": "-", "×": "*", "÷": "/", "（": "(", "）": ")", "＋": "+"}
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Z][A-Z0-9_]{0,15}|[a-z]+\.[a-z_]+|sum(?![a-z.]))"
    r"|(?P<sign><=|>=|[<>=~+\-*/()\[\]±%]))",
    re.ASCII,
)


class RuleError(ValueError):
    """Why a text is no rule, in words for whoever wrote it."""


@dataclass(frozen=True, order=True)
class Quantity:
    """A number that a rule speaks of: an indicator's code or a register's figure, of so many years back, of the county
    or of all counties together."""

    name: str
    years_back: int = 0
    is_sum: bool = False

    @property
    def is_register(self) -> bool:
        return "." in self.name

    def __str__(self) -> str:
        text = f"{self.name}[-{self.years_back}]" if self.years_back else self.name
        return f"sum({text})" if self.is_sum else text


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Operation:
    sign: str
    left: "Part"
    right: "Part"


Part = Quantity | Number | Operation
Lookup = Callable[[Quantity], Decimal | None]


@dataclass(frozen=True)
class Relation:
    """A rule as read. `allowed`: how far the sides of "~" may lie apart, in their unit or, `is_percent`, in per cent of
    the right side."""

    left: Part
    comparison: str
    right: Part
    allowed: Fraction | None = None
    is_percent: bool = False

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Each once, in the order of the text."""
        return tuple(dict.fromkeys([*_quantities(self.left), *_quantities(self.right)]))


@dataclass(frozen=True)
class Verdict:
    """Whether the rule holds, and the two sides."""

    holds: bool
    left: Fraction
    right: Fraction


def judge(rule: Relation, lookup: Lookup) -> Verdict | None:
    """The rule on the numbers that `lookup` gives; None where one is absent, or something is divided by zero."""
    left, right = _value(rule.left, lookup), _value(rule.right, lookup)
    if left is None or right is None:
        return None
    return Verdict(_compare(rule, left, right), left, right)


def _compare(rule: Relation, left: Fraction, right: Fraction) -> bool:
    if rule.comparison == "~":
        allowed = rule.allowed or Fraction(0)
        return abs(left - right) <= (abs(right) * allowed / 100 if rule.is_percent else allowed)
    return {
        "<=": left <= right,
        ">=": left >= right,
        "<": left < right,
        ">": left > right,
        "=": left == right,
    }[rule.comparison]


def _value(part: Part, lookup: Lookup) -> Fraction | None:
    if isinstance(part, Number):
        return part.value
    if isinstance(part, Quantity):
        found = lookup(part)
        return None if found is None else Fraction(found)
    left, right = _value(part.left, lookup), _value(part.right, lookup)
    if left is None or right is None or (part.sign == "/" and right == 0):
        return None
    return {"+": Fraction.__add__, "-": Fraction.__sub__, "*": Fraction.__mul__, "/": Fraction.__truediv__}[part.sign](
        left, right
    )


def _quantities(part: Part) -> Iterator[Quantity]:
    if isinstance(part, Quantity):
        yield part
    elif isinstance(part, Operation):
        yield from _quantities(part.left)
        yield from _quantities(part.right)


# Reading --------------------------------------------------------------------------------------------


def parse(text: str) -> Relation:
    """The rule that a text says. RuleError in words."""
    if len(text) > LONGEST:
        raise RuleError(_("规则太长：不超过 {n} 个字符。").format(n=LONGEST))
    reader = _RuleReader(_tokens(text))
    left = reader.sum()
    comparison = reader.take(*COMPARISONS)
    if comparison is None:
        raise RuleError(_("应有一个比较符号（{signs}），例如 A2 <= A1。").format(signs="  ".join(COMPARISONS)))
    right = reader.sum()
    allowed, is_percent = reader.allowed()
    reader.require_end()
    if (comparison == "~") != (allowed is not None):
        raise RuleError(_("“~”要写明允许的差，例如 A3 ~ projects.completed ± 5 %；其他符号不写“±”。"))
    rule = Relation(left, comparison, right, allowed, is_percent)
    if not rule.quantities:
        raise RuleError(_("规则里至少要有一个指标代码。"))
    return rule


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every token: number, name, sign."""
    for alias, sign in ALIASES.items():
        text = text.replace(alias, sign)
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            raise RuleError(_("看不懂“{text}”。").format(text=text[place:].strip()[:20]))
        found.append((str(token.lastgroup), token.group(str(token.lastgroup))))
        place = token.end()
    return found


class _RuleReader:
    """Recursive descent over the tokens, one method for each line of the grammar."""

    def __init__(self, tokens: list[tuple[str, str]]):
        self.tokens, self.place, self.depth = tokens, 0, 0

    def take(self, *signs: str) -> str | None:
        kind, text = self._next()
        if kind == "sign" and text in signs:
            self.place += 1
            return text
        return None

    def require(self, sign: str) -> None:
        if self.take(sign) is None:
            raise RuleError(_("这里应有“{sign}”，读到的是“{found}”。").format(sign=sign, found=self._found()))

    def require_end(self) -> None:
        if self.place < len(self.tokens):
            raise RuleError(_("规则到这里应已结束，后面还有“{found}”。").format(found=self._found()))

    def sum(self) -> Part:
        left = self.product()
        while sign := self.take("+", "-"):
            left = Operation(sign, left, self.product())
        return left

    def product(self) -> Part:
        left = self.part()
        while sign := self.take("*", "/"):
            left = Operation(sign, left, self.part())
        return left

    def part(self) -> Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise RuleError(_("括号太多。"))
        found = self._part()
        self.depth -= 1
        return found

    def _part(self) -> Part:
        if self.take("-"):
            return Operation("-", Number(Fraction(0)), self.part())
        if self.take("("):
            inner = self.sum()
            self.require(")")
            return inner
        kind, text = self._next()
        if kind == "number":
            self.place += 1
            return Number(Fraction(text))
        if text == "sum":
            self.place += 1
            self.require("(")
            found = self.quantity()
            self.require(")")
            return Quantity(found.name, found.years_back, is_sum=True)
        return self.quantity()

    def quantity(self) -> Quantity:
        kind, name = self._next()
        if kind != "name" or name == "sum":
            raise RuleError(_("这里应是指标代码或数，读到的是“{found}”。").format(found=self._found()))
        self.place += 1
        return Quantity(name, self._years_back() if self.take("[") else 0)

    def _years_back(self) -> int:
        self.require("-")
        kind, text = self._next()
        if kind != "number" or not text.isdigit() or not 1 <= int(text) <= MOST_YEARS_BACK:
            raise RuleError(_("方括号里写往前几年，从 -1 到 -{most}，例如 A3[-1]。").format(most=MOST_YEARS_BACK))
        self.place += 1
        self.require("]")
        return int(text)

    def allowed(self) -> tuple[Fraction | None, bool]:
        if self.take("±") is None:
            return None, False
        kind, text = self._next()
        if kind != "number":
            raise RuleError(_("“±”后面应是一个数，读到的是“{found}”。").format(found=self._found()))
        self.place += 1
        return Fraction(text), self.take("%") is not None

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def _found(self) -> str:
        return self._next()[1] or _("（结尾）")
