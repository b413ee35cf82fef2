from django.urls import path

from lib.web import addresses  # noqa: F401  (registers <kind:kind>)
from peers import views

urlpatterns = [
    path("peers/", views.peers, name="peers"),
    path("peers/<int:pk>/", views.source, name="peers_source"),
    path("peers/<int:pk>.<kind:kind>", views.source_file, name="peers_source_file"),
    path("peers/upload/", views.door_views.upload, name="peers_upload"),
    path("peers/upload/template.xlsx", views.template, name="peers_template"),
    path("peers/upload/<str:token>/", views.door_views.preview, name="peers_preview"),
    path("peers/upload/<str:token>/refused.xlsx", views.door_views.refused, name="peers_refused"),
    path("peers/upload/<str:token>/undo/", views.door_views.undo, name="peers_undo"),
]
