from django.urls import path

from reports import views

urlpatterns = [
    path("brief/", views.brief_page, name="brief"),
    path("reports/", views.reports, name="reports"),
    path("reports/<str:number>/", views.report, name="report"),
    path("reports/<str:number>/rebuild/", views.report_rebuild, name="report_rebuild"),
    path("reports/<str:number>/<str:name>", views.report_file, name="report_file"),
]
