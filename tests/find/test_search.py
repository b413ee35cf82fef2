"""What is asked of the box, and what it finds."""

import pytest

from find.entries import Findable
from find.pinyin import initials, syllables
from find.search import Question, hits, understood

AREAS = {"330122": ("桐庐县", "Tonglu"), "330127": ("淳安县", "Chun'an"), "330182": ("建德市", "Jiande")}
YEARS = range(2022, 2028)


@pytest.mark.parametrize(
    ("text", "areas", "years", "words"),
    [
        ("城镇化率 2025 桐庐", ("330122",), (2025,), ("城镇化率",)),
        ("桐庐县城镇化率2025年", ("330122",), (2025,), ("城镇化率",)),
        ("tonglu P03", ("330122",), (), ("p03",)),
        ("Chun'an and Jiande", ("330127", "330182"), (), ("and",)),
        ("tonglux", (), (), ("tonglux",)),  # a word that only begins like a county
        ("P2025", (), (), ("p2025",)),  # a code that only holds a year
        ("2031", (), (), ("2031",)),  # no year of the plan
        ("   ", (), (), ()),
        ("x" * 500, (), (), ("x" * 100,)),
    ],
)
def test_a_question_is_taken_apart(text, areas, years, words):
    assert understood(text, AREAS, YEARS) == Question(areas, years, words)


def test_chinese_is_spelled_by_syllable_and_by_initial():
    assert (syllables("城镇化率"), initials("城镇化率")) == ("chengzhenhualv", "czhl")
    assert syllables("P03 医院") == "P03 yiyuan"


def entry(kind: str, code: str, title: str, **more) -> Findable:
    return Findable(kind, code, title, f"/{code or title}/", **more)


THINGS = [
    entry("indicator", "P01", "县城人口占比"),
    entry("indicator", "P02", "城镇化率", names=("城镇化率", "Urbanisation rate"), more="常住人口 城镇"),
    entry("project", "XM-0001", "桐庐城镇管网", area="330122"),
    entry("project", "XM-0002", "淳安管网", area="330127"),
    entry("county", "330122", "桐庐县"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P02", ["P02"]),
        ("城镇", ["P02", "XM-0001"]),  # the name that begins with it before the one that holds it
        ("czhl", ["P02"]),
        ("chengzhen", ["P02", "XM-0001"]),
        ("urban", ["P02"]),
        ("常住", ["P02"]),
        ("管网", ["XM-0001", "XM-0002"]),
        ("桐庐 管网", ["XM-0001"]),  # another county's is left out
        ("桐庐", ["330122", "XM-0001"]),  # the county, then what is its own
        ("管网 人口", []),  # every word has to fit
        ("r", ["P02"]),  # one letter is no pinyin: only the English name holds it
    ],
)
def test_what_fits_stands_in_order(text, expected):
    found = hits(understood(text, AREAS, YEARS), THINGS, 10)
    assert [each.code for each in found] == expected
