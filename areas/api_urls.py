from django.urls import path

from areas.api import AREAS
from areas.boundary_api import BoundaryView
from lib.listapi.views import ListView

urlpatterns = [
    path("areas/", ListView.as_view(list=AREAS), name="api_areas"),
    path("areas/<str:area>/boundary/", BoundaryView.as_view(), name="api_boundary"),
]
