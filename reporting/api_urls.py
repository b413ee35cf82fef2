from django.urls import path

from reporting.api import EntriesView, StepView

urlpatterns = [
    path("submissions/<str:area>/<int:year>/entries/", EntriesView.as_view(), name="submission_entries"),
    path("submissions/<str:area>/<int:year>/<str:action>/", StepView.as_view(), name="submission_step"),
]
