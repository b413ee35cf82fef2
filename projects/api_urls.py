from django.urls import path

from lib.listapi.views import ListView
from projects.api import PROJECTS, ProjectView

urlpatterns = [
    path("projects/", ListView.as_view(list=PROJECTS), name="api_projects"),
    path("projects/<str:code>/", ProjectView.as_view(), name="api_project"),
]
