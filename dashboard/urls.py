from django.urls import path

from dashboard import changes, health, imports, plan_pages, plan_work, tokens, views, whatif
from dashboard.reports import views as report_views
from lib import addresses  # noqa: F401  (registers <kind:kind>)
from lib.api import SchemaView

urlpatterns = [
    path("api/schema/", SchemaView.as_view(), name="api_schema"),
    path("api/docs/", views.api_docs, name="api_docs"),
    path("", views.overview, name="overview"),
    path("overview.<kind:kind>", views.export, {"name": "overview"}, name="overview_file"),
    path("counties/<str:code>/", views.county, name="county"),
    path("counties/<str:code>.<kind:kind>", views.export, {"name": "counties"}, name="county_file"),
    path("indicators/", views.indicator_list, name="indicators"),
    path("indicators.<kind:kind>", views.export, {"name": "indicators"}, name="indicators_file"),
    path("indicators/<str:code>/", views.indicator, name="indicator"),
    path("indicators/<str:code>.<kind:kind>", views.export, {"name": "indicator"}, name="indicator_file"),
    path("cells/<str:area>/<str:indicator>/<int:year>/", views.cell, name="cell"),
    path("changes/", changes.changes, name="changes"),
    path("changes.<kind:kind>", changes.changes_file, name="changes_file"),
    path("changes/audit/", changes.audit_log, name="audit_log"),
    path("plan/", plan_pages.plan, name="plan"),
    path("plan/tasks/", plan_work.tasks, name="tasks"),
    path("plan/tasks.<kind:kind>", plan_work.tasks_file, name="tasks_file"),
    path("plan/tasks/new/", plan_work.task_form, name="new_task"),
    path("plan/tasks/<str:code>/", plan_work.task, name="task"),
    path("plan/tasks/<str:code>/edit/", plan_work.task_form, name="edit_task"),
    path("plan/meetings/", plan_work.meetings, name="meetings"),
    path("whatif/", whatif.whatif, name="whatif"),
    path("whatif/<str:name>/targets.csv", whatif.whatif_targets, name="whatif_targets"),
    path("reports/", report_views.reports, name="reports"),
    path("reports/<str:number>/", report_views.report, name="report"),
    path("reports/<str:number>/rebuild/", report_views.report_rebuild, name="report_rebuild"),
    path("reports/<str:number>/<str:name>", report_views.report_file, name="report_file"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<str:kind>.xlsx", imports.import_template, name="import_template"),
    path("imports/<str:token>/", imports.import_preview, name="import_preview"),
    path("imports/<str:token>/refused.xlsx", imports.import_refused, name="import_refused"),
    path("accounts/tokens/", tokens.tokens, name="tokens"),
    path("accounts/tokens/<str:key>/", tokens.token_usage, name="token_usage"),
    path("accounts/tokens/<str:key>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("help/", views.guide, name="guide"),
    path("help/api/", views.guide, {"name": "api"}, name="guide_api"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
