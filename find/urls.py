from django.urls import path

from find import views

urlpatterns = [
    path("find/", views.find, name="find"),
    path("find/suggest/", views.suggest, name="find_suggest"),
    path("favourites/", views.favourite, name="favourite"),
]
