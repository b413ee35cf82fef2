"""The demonstration shows the loop: six matters in six states, right on any day it is made for."""

from datetime import date

from django.conf import settings

from lib.days import end_of_day
from matters.models import Matter, MatterStep, Remark
from matters.register import listed
from seeding.demonstration.loading import clear_demo, load_demo
from tests.conftest import DEMO_DAY

STATES = ["closed", "issued", "reported", "signed", "under_way", "verified"]


def standing(today: date) -> dict[str, tuple]:
    rows = listed(Matter.objects.all(), today)
    return {row.matter.state: (row.matter.state_words, row.days is not None and row.days < 0) for row in rows}


def test_six_matters_stand_in_six_states(demo):
    assert sorted(Matter.objects.values_list("state", flat=True)) == STATES
    assert standing(DEMO_DAY) == {
        "issued": ("已交办", False),
        "signed": ("已签收 · 申请延期", False),
        "under_way": ("办理中", True),
        "reported": ("已报结", False),
        "verified": ("已核实", False),
        "closed": ("已销号", False),
    }
    assert set(Matter.objects.values_list("is_demo", flat=True)) == {True}
    assert not MatterStep.objects.filter(at__gt=end_of_day(DEMO_DAY)).exists()


def test_the_closed_one_was_closed_by_its_figure_which_it_names(demo):
    step = MatterStep.objects.get(step="fig_closes")
    assert (step.matter.area_id, step.matter.indicator_id, step.matter.year) == ("330122", "P02", 2025)
    assert (step.figure_version, step.by, step.by_name) == (1, None, "系统")
    assert "官方数值第1版" in step.words
    assert "达标" in step.words


def test_it_is_right_on_another_day(db, settings, tmp_path):
    """In the middle of a Spring Festival whose notice nobody has yet."""
    today, settings.MEDIA_ROOT = date(2027, 2, 6), tmp_path
    load_demo(today=today, password="demo")
    assert sorted(Matter.objects.values_list("state", flat=True)) == STATES
    assert [each for _words, each in standing(today).values()].count(True) == 1
    assert not MatterStep.objects.filter(at__gt=end_of_day(today)).exists()


def test_it_goes_with_the_demonstration(demo):
    assert Remark.objects.count() == 3
    clear_demo()
    assert (Matter.objects.count(), MatterStep.objects.count(), Remark.objects.count()) == (0, 0, 0)


def test_the_calendar_file_stands_where_the_settings_say():
    assert settings.HOLIDAYS_FILE.is_file()
