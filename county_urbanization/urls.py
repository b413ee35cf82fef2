from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from indicators.sdmx.urls import urlpatterns_v3
from operations.mcp_api import McpView

handler400 = "lib.web.problems.bad_request"
handler403 = "lib.web.problems.forbidden"
handler404 = "lib.web.problems.not_found"
handler500 = "operations.errors.server_error"

urlpatterns = [
    path("accounts/", include("identity.urls")),
    path("admin/", admin.site.urls),
    path("language/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include("areas.api_urls")),
    path("api/v1/", include("journal.api_urls")),
    path("api/v1/", include("indicators.api_urls")),
    path("api/sdmx/2.1/", include("indicators.sdmx.urls")),
    path("api/sdmx/3.0/", include(urlpatterns_v3)),
    path("api/v1/", include("reporting.api_urls")),
    path("api/v1/", include("peers.api_urls")),
    path("api/v1/", include("snapshots.api_urls")),
    path("api/v1/", include("projects.api_urls")),
    path("api/v1/", include("funding.api_urls")),
    path("api/v1/", include("commitments.api_urls")),
    path("api/v1/", include("matters.api_urls")),
    path("api/v1/", include("operations.api_urls")),
    path("api/mcp/", McpView.as_view(), name="api_mcp"),
    path("", include("reporting.urls")),
    path("", include("peers.urls")),
    path("", include("projects.urls")),
    path("", include("funding.urls")),
    path("", include("messaging.urls")),
    path("", include("pulling.urls")),
    path("", include("figures.urls")),
    path("", include("effort.urls")),
    path("", include("matters.urls")),
    path("", include("planning.urls")),
    path("", include("history.urls")),
    path("", include("dispatch.urls")),
    path("", include("reports.urls")),
    path("", include("charts.urls")),
    path("", include("find.urls")),
    path("", include("access.urls")),
    path("", include("operations.urls")),
    path("", include("seeding.urls")),
]
