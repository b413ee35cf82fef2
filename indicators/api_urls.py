from django.urls import path

from indicators.api import ASSESSMENTS, INDICATORS, OBSERVATIONS, STANDARDS, TARGETS
from lib.api import ListView

LISTS = (INDICATORS, TARGETS, STANDARDS, OBSERVATIONS, ASSESSMENTS)

urlpatterns = [path(f"{each.name}/", ListView.as_view(list=each), name=f"api_{each.name}") for each in LISTS]
