from django.urls import path

from lib.web import addresses  # noqa: F401  (registers <kind:kind>)
from matters import light_views, thing_views, views

urlpatterns = [
    path("matters/", views.matters, name="matters"),
    path("matters.<kind:kind>", views.matters_file, name="matters_file"),
    path("matters/step/", views.matters_step, name="matters_step"),
    path("matters/<str:code>/", views.matter, name="matter"),
    path("matters/<str:code>/files/<int:pk>/", views.matter_file, name="matter_file"),
    path("on/<str:kind>/<path:key>/", thing_views.thing, name="thing"),
    path("lights/", light_views.lights, name="lights"),
]
