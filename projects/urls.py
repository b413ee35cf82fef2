from django.urls import path

from lib import addresses  # noqa: F401  (registers <kind:kind>)
from projects import entry, views

urlpatterns = [
    path("projects/", views.register, name="projects"),
    path("projects.<kind:kind>", views.register_file, name="projects_file"),
    path("projects/new/", entry.new, name="project_new"),
    path("projects/<str:code>/", views.project, name="project"),
    path("projects/<str:code>/edit/", entry.edit, name="project_edit"),
    path("projects/<str:code>/amounts/", entry.amount, name="project_amount"),
    path("projects/<str:code>/progress/", entry.progress, name="project_progress"),
    path("projects/<str:code>/state/", entry.state, name="project_state"),
]
