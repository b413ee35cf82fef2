from django.urls import path

from effort import views

urlpatterns = [path("effort/", views.effort, name="effort")]
