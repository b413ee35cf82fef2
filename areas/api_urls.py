from django.urls import path

from areas.api import AREAS
from lib.listapi.views import ListView

urlpatterns = [path("areas/", ListView.as_view(list=AREAS), name="api_areas")]
