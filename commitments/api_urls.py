from django.urls import path

from commitments.api import COMMITMENTS
from lib.listapi.views import ListView

urlpatterns = [path("commitments/", ListView.as_view(list=COMMITMENTS), name="api_commitments")]
