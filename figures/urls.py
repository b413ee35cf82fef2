from django.urls import path

from figures import causes, compare_views, official_imports, views
from figures.targets import editing as target_edit
from figures.targets import realism, trust, whatif
from lib.web import addresses  # noqa: F401  (registers <kind:kind>)

urlpatterns = [
    path("", views.overview, name="overview"),
    path("wall/", views.wall, name="wall"),
    path("overview.<kind:kind>", views.export, {"name": "overview"}, name="overview_file"),
    path("counties/<str:code>/", views.county, name="county"),
    path("counties/<str:code>.<kind:kind>", views.export, {"name": "counties"}, name="county_file"),
    path("indicators/", views.indicator_list, name="indicators"),
    path("indicators.<kind:kind>", views.export, {"name": "indicators"}, name="indicators_file"),
    path("indicators/<str:code>/", views.indicator, name="indicator"),
    path("indicators/<str:code>.<kind:kind>", views.export, {"name": "indicator"}, name="indicator_file"),
    path("cells/<str:area>/<str:indicator>/<int:year>/", views.cell, name="cell"),
    path("cells/<str:area>/<str:indicator>/<int:year>/target/", target_edit.retarget, name="retarget"),
    path("cells/<str:area>/<str:indicator>/<int:year>/causes/", causes.cell_causes, name="cell_causes"),
    path("counties/<str:code>/causes/", causes.county_causes, name="county_causes"),
    path("compare/", compare_views.compare_years, name="compare"),
    path("compare.<kind:kind>", compare_views.compare_file, name="compare_file"),
    path("realism/", realism.realism, name="realism"),
    path("realism.<kind:kind>", realism.realism_file, name="realism_file"),
    path("trust/", trust.trust, name="trust"),
    path("whatif/", whatif.whatif, name="whatif"),
    path("whatif/<str:name>/targets.csv", whatif.whatif_targets, name="whatif_targets"),
    path("imports/", official_imports.imports, name="imports"),
    path("imports/<str:kind>.xlsx", official_imports.import_template, name="import_template"),
    path("imports/<str:token>/", official_imports.import_preview, name="import_preview"),
    path("imports/<str:token>/undo/", official_imports.import_undo, name="import_undo"),
    path("imports/<str:token>/refused.xlsx", official_imports.import_refused, name="import_refused"),
]
