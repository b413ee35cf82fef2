from django.urls import path

from lib.listapi.views import SchemaView
from operations import health, help_pages

urlpatterns = [
    path("help/", help_pages.guide, name="guide"),
    path("help/api/", help_pages.api_guide, name="guide_api"),
    path("problems/", help_pages.problem_kinds, name="problems"),
    path("problems/<slug:name>/", help_pages.problem_kind, name="problem"),
    path("api/schema/", SchemaView.as_view(), name="api_schema"),
    path("api/docs/", help_pages.api_docs, name="api_docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
