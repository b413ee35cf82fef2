from django.urls import path

from lib.listapi.views import ListView
from peers.api import REALISM, REFERENCES

urlpatterns = [
    path("realism/", ListView.as_view(list=REALISM), name="api_realism"),
    path("references/", ListView.as_view(list=REFERENCES), name="api_references"),
]
