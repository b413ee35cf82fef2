from django.urls import path

from history import views
from lib.web import addresses  # noqa: F401  (registers <kind:kind>)

urlpatterns = [
    path("changes/", views.changes, name="changes"),
    path("changes.<kind:kind>", views.changes_file, name="changes_file"),
    path("changes/recomputes/", views.recompute_runs, name="recompute_runs"),
    path("changes/audit/", views.audit_log, name="audit_log"),
]
