from django.urls import path

from lib.listapi.views import ListView
from reporting.api import EntriesView, StepView
from reporting.lists import CONTRADICTIONS, SUBMISSIONS
from reporting.quarters.api import QuartersView

urlpatterns = [
    path("contradictions/", ListView.as_view(list=CONTRADICTIONS), name="api_contradictions"),
    path("quarters/<str:area>/<int:year>/", QuartersView.as_view(), name="quarters_of_year"),
    path("submissions/", ListView.as_view(list=SUBMISSIONS), name="api_submissions"),
    path("submissions/<str:area>/<int:year>/entries/", EntriesView.as_view(), name="submission_entries"),
    path("submissions/<str:area>/<int:year>/<str:action>/", StepView.as_view(), name="submission_step"),
]
