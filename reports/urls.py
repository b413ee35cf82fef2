from django.urls import path, re_path

from reports import bulletin_views, views

BULLETIN = r"^bulletin/(?P<month>[0-9]{4}-[0-9]{2})\.(?P<kind>docx|xlsx|csv)$"
urlpatterns = [
    path("brief/", views.brief_page, name="brief"),
    path("bulletin/", bulletin_views.bulletin, name="bulletin"),
    re_path(BULLETIN, bulletin_views.bulletin_file, name="bulletin_file"),
    path("reports/", views.reports, name="reports"),
    path("reports/<str:number>/", views.report, name="report"),
    path("reports/<str:number>/rebuild/", views.report_rebuild, name="report_rebuild"),
    path("reports/<str:number>/<str:name>", views.report_file, name="report_file"),
]
