from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("reporting.api_urls")),
    path("", include("reporting.urls")),
    path("", include("dashboard.urls")),
]

handler500 = "dashboard.errors.server_error"
