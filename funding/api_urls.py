from django.urls import path

from funding.api import FLOWS, MATCHING
from lib.listapi.views import ListView

urlpatterns = [
    path(f"{each.name}/", ListView.as_view(list=each), name=f"api_{each.item.lower()}") for each in (FLOWS, MATCHING)
]
