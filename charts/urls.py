from django.urls import path, register_converter

from charts import embed_views, explore_views, picture_views, views
from lib.web.addresses import FileKind


class PictureKind(FileKind):
    """`<picture:kind>`: what a chart comes as: two kinds of drawings, two of tables."""

    regex = "svg|png|csv|xlsx"


register_converter(PictureKind, "picture")

urlpatterns = [
    path("map/", views.area_map, name="map"),
    path("explore/", explore_views.explore, name="explore"),
    path("explore.<kind:kind>", explore_views.explore_file, name="explore_file"),
    path("charts/map/<str:indicator>.<picture:kind>", picture_views.chart_file, {"name": "map_file"}, name="map_file"),
    path(
        "charts/path/<str:area>/<str:indicator>.<picture:kind>",
        picture_views.chart_file,
        {"name": "path_file"},
        name="path_file",
    ),
    path("charts/gaps/<str:area>.<picture:kind>", picture_views.chart_file, {"name": "gaps_file"}, name="gaps_file"),
    path("charts/status.<picture:kind>", picture_views.chart_file, {"name": "status_file"}, name="status_file"),
    path("charts/explore.<picture:kind>", picture_views.chart_file, {"name": "explore_chart"}, name="explore_chart"),
    path("charts/compare.<picture:kind>", picture_views.chart_file, {"name": "compare_chart"}, name="compare_chart"),
    path("embeds/", embed_views.embeddings, name="embeddings"),
    path("embeds/<str:key>/end/", embed_views.embedding_end, name="embedding_end"),
    path("embed/<str:key>/", embed_views.embedded, name="embedded"),
    path("embed/<str:key>.svg", embed_views.embedded_picture, name="embedded_picture"),
]
