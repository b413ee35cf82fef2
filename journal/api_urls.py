from django.urls import path

from journal.api import ChangesView

urlpatterns = [path("changes/", ChangesView.as_view(), name="api_changes")]
