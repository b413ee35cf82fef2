"""Files of a sheet, under `reporting/<area>/<year>/`."""

from django.urls import path

from reporting.workbooks import views

urlpatterns = [
    path("sheet.xlsx", views.sheet_workbook, name="sheet_workbook"),
    path("upload/", views.upload, name="sheet_upload"),
    path("upload/<str:token>/", views.upload_preview, name="sheet_upload_preview"),
    path("upload/<str:token>/errors.xlsx", views.upload_errors, name="sheet_upload_errors"),
    path("upload/<str:token>/undo/", views.upload_undo, name="sheet_upload_undo"),
    path("evidence/", views.evidence, name="evidence"),
    path("evidence/<int:pk>/", views.evidence_file, name="evidence_file"),
    path("evidence/<int:pk>/withdraw/", views.evidence_withdraw, name="evidence_withdraw"),
]
