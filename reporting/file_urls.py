"""Files of a sheet, under `reporting/<area>/<year>/`."""

from django.urls import path

from reporting import files

urlpatterns = [
    path("sheet.xlsx", files.sheet_workbook, name="sheet_workbook"),
    path("upload/", files.upload, name="sheet_upload"),
    path("upload/errors.xlsx", files.upload_errors, name="sheet_upload_errors"),
    path("evidence/", files.evidence, name="evidence"),
    path("evidence/<int:pk>/", files.evidence_file, name="evidence_file"),
    path("evidence/<int:pk>/withdraw/", files.evidence_withdraw, name="evidence_withdraw"),
]
