"""Files of a sheet, under `reporting/<area>/<year>/`."""

from django.urls import path

from reporting import file_views

urlpatterns = [
    path("sheet.xlsx", file_views.sheet_workbook, name="sheet_workbook"),
    path("upload/", file_views.upload, name="sheet_upload"),
    path("upload/<str:token>/", file_views.upload_preview, name="sheet_upload_preview"),
    path("upload/<str:token>/errors.xlsx", file_views.upload_errors, name="sheet_upload_errors"),
    path("upload/<str:token>/undo/", file_views.upload_undo, name="sheet_upload_undo"),
    path("evidence/", file_views.evidence, name="evidence"),
    path("evidence/<int:pk>/", file_views.evidence_file, name="evidence_file"),
    path("evidence/<int:pk>/withdraw/", file_views.evidence_withdraw, name="evidence_withdraw"),
]
