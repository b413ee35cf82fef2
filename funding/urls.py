from django.urls import path

from funding import file_views, views
from lib.web import addresses  # noqa: F401  (registers <kind:kind>)

urlpatterns = [
    path("funding/", views.funding, name="funding"),
    path("funding.<kind:kind>", file_views.sums_file, name="funding_file"),
    path("funding/matching.<kind:kind>", file_views.matching_file, name="matching_file"),
    path("funding/flows/", views.flows, name="flows"),
    path("funding/flows.<kind:kind>", file_views.flows_file, name="flows_file"),
    path("funding/flows/new/", views.new_flow, name="new_flow"),
    path("funding/flows/<int:pk>/", views.flow, name="flow"),
    path("funding/upload/", file_views.door_views.upload, name="flows_upload"),
    path("funding/upload/template.xlsx", file_views.template, name="flows_template"),
    path("funding/upload/<str:token>/", file_views.door_views.preview, name="flows_preview"),
    path("funding/upload/<str:token>/refused.xlsx", file_views.door_views.refused, name="flows_refused"),
    path("funding/upload/<str:token>/undo/", file_views.door_views.undo, name="flows_undo"),
    path("funding/rule/", views.rule, name="matching_rule"),
]
