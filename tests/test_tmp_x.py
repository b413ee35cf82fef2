import time
import pytest
from journal.models import *
from indicators.models import *
@pytest.mark.parametrize("i", range(4))
def test_a(demo, i):
    assert (Change.objects.count(), PendingRecompute.objects.count(), Assessment.objects.count()) == (663,0,360)
    assert Change.objects.exclude(details=None).last().details
def test_b(plan):
    assert Observation.objects.count()==1
@pytest.mark.django_db
def test_c():
    assert Observation.objects.count()==0
def test_d(clients):
    assert clients["tonglu"] is clients["tonglu"]
@pytest.mark.parametrize("i", range(2))
def test_e(transactional_db, demo,i):
    assert (Change.objects.count(), PendingRecompute.objects.count(), Assessment.objects.count()) == (663,0,360)
