from django.urls import path

from charts import views

urlpatterns = [
    path("map/", views.area_map, name="map"),
]
