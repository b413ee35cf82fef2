from django.urls import path

from snapshots.api import SnapshotsView, SnapshotView

urlpatterns = [
    path("snapshots/", SnapshotsView.as_view(), name="api_snapshots"),
    path("snapshots/<str:number>/", SnapshotView.as_view(), name="api_snapshot"),
]
