from django.urls import path

from lib.listapi.views import ListView
from matters.api import MATTERS

urlpatterns = [path("matters/", ListView.as_view(list=MATTERS), name="api_matters")]
