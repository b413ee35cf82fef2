from django.urls import path

from lib.web import addresses  # noqa: F401  (registers <kind:kind>)
from projects import views
from projects.editing import views as edit_views
from projects.workbooks import views as file_views

urlpatterns = [
    path("projects/", views.register, name="projects"),
    path("projects.<kind:kind>", views.register_file, name="projects_file"),
    path("projects/new/", edit_views.new, name="project_new"),
    path("projects/choices.json", views.project_choices, name="project_choices"),
    path("projects/workbook.xlsx", file_views.workbook, name="projects_workbook"),
    path("projects/upload/", file_views.door_views.upload, name="projects_upload"),
    path("projects/upload/template.xlsx", file_views.template, name="projects_template"),
    path("projects/upload/<str:token>/", file_views.door_views.preview, name="projects_preview"),
    path("projects/upload/<str:token>/refused.xlsx", file_views.door_views.refused, name="projects_refused"),
    path("projects/upload/<str:token>/undo/", file_views.door_views.undo, name="projects_undo"),
    path("projects/<str:code>/", views.project, name="project"),
    path("projects/<str:code>/edit/", edit_views.edit, name="project_edit"),
    path("projects/<str:code>/amounts/", edit_views.amount, name="project_amount"),
    path("projects/<str:code>/progress/", edit_views.progress, name="project_progress"),
    path("projects/<str:code>/state/", edit_views.state, name="project_state"),
]
