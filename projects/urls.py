from django.urls import path

from lib.web import addresses  # noqa: F401  (registers <kind:kind>)
from projects import entry, files, views

urlpatterns = [
    path("projects/", views.register, name="projects"),
    path("projects.<kind:kind>", views.register_file, name="projects_file"),
    path("projects/new/", entry.new, name="project_new"),
    path("projects/workbook.xlsx", files.workbook, name="projects_workbook"),
    path("projects/upload/", files.upload, name="projects_upload"),
    path("projects/upload/template.xlsx", files.template, name="projects_template"),
    path("projects/upload/<str:token>/", files.preview, name="projects_preview"),
    path("projects/upload/<str:token>/refused.xlsx", files.refused, name="projects_refused"),
    path("projects/<str:code>/", views.project, name="project"),
    path("projects/<str:code>/edit/", entry.edit, name="project_edit"),
    path("projects/<str:code>/amounts/", entry.amount, name="project_amount"),
    path("projects/<str:code>/progress/", entry.progress, name="project_progress"),
    path("projects/<str:code>/state/", entry.state, name="project_state"),
]
