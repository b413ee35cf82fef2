"""Templates that can be reviewed: short lines, few branches."""

import re
from pathlib import Path

from django.template import Context, Template

from county_urbanization.rooms import LINE
from tools.messages import Message, in_template

ROOT = Path(__file__).resolve().parent.parent / "templates"
WIDTH = 160  # characters of a line
BRANCHES = 12  # ifs and loops of a template
BRANCH = re.compile(r"\{%-?\s*(?:if|elif|for|ifchanged)\b")


def measured() -> dict[str, tuple[int, int]]:
    """Template → (lines wider than WIDTH, branches)."""
    found = {}
    for path in sorted(ROOT.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        wide = sum(len(line) > WIDTH for line in text.splitlines())
        found[path.relative_to(ROOT).as_posix()] = (wide, len(BRANCH.findall(text)))
    return found


def is_over(wide: int, branches: int) -> bool:
    return wide > 0 or branches > BRANCHES


def test_templates_are_narrow_and_branch_little():
    assert {name: numbers for name, numbers in measured().items() if is_over(*numbers)} == {}


def test_no_field_for_a_date_speaks_the_browser_s_language():
    """A browser writes its own date field in its own language; ours are `_day.html` and `DayInput`."""
    rooms = [path for room in LINE for path in (ROOT.parent / room).rglob("*.py")]
    forms = [path for path in rooms if "DateInput(" in path.read_text(encoding="utf-8")]
    pages = [path for path in ROOT.rglob("*.html") if 'type="date"' in path.read_text(encoding="utf-8")]
    assert [path.name for path in [*forms, *pages]] == []


def test_a_wide_line_and_a_branch_are_counted():
    assert len(BRANCH.findall("{% if a %}{% elif b %}{% else %}{% endif %}{% for c in d %}{% endfor %}")) == 3
    assert is_over(1, 0)
    assert is_over(0, BRANCHES + 1)
    assert not is_over(0, BRANCHES)


def test_words_on_several_lines_are_joined_and_their_blanks_stay():
    page = """<p>
  {% joined %}
    第一句。{% if more %}
      <b title="二"
        class="second">第二 句</b>{{ value }}
    {% endif %}
    第三句。
  {% endjoined %}
</p>"""
    made = Template(page).render(Context({"more": True, "value": "一行\n两行"}))
    assert made.split("\n", 1)[1].strip() == '第一句。<b title="二" class="second">第二 句</b>一行\n两行第三句。\n</p>'


def test_a_trimmed_sentence_has_the_same_key_as_one_on_a_line():
    """Django looks it up without the white space at the ends of its lines; the catalogue has to hold that."""
    on_lines = "{% blocktranslate trimmed with n=1 %}\n  共 {{ n }} 项，\n  另有 100% 一项。\n{% endblocktranslate %}"
    assert list(in_template(on_lines)) == [Message("共 %(n)s 项， 另有 100%% 一项。")]
    one_line = "{% blocktranslate with n=1 %}共 {{ n }} 项{% endblocktranslate %}"
    assert list(in_template(one_line)) == [Message("共 %(n)s 项")]
