from django.urls import path

from indicators.api import ASSESSMENTS, INDICATORS, OBSERVATIONS, STANDARDS, TARGETS, AssessmentView
from indicators.computed_lists import AGGREGATES, NOWCASTS, QUARTERS
from lib.listapi.views import ListView

LISTS = (INDICATORS, TARGETS, STANDARDS, OBSERVATIONS, ASSESSMENTS, AGGREGATES, QUARTERS, NOWCASTS)

urlpatterns = [
    *(path(f"{each.name}/", ListView.as_view(list=each), name=f"api_{each.name}") for each in LISTS),
    path("assessments/<str:area>/<str:indicator>/<int:year>/", AssessmentView.as_view(), name="api_assessment"),
]
