from django.urls import path

from seeding.setup import views as setup_views

urlpatterns = [
    path("setup/", setup_views.setup, name="setup"),
    path("setup/<slug:name>.xlsx", setup_views.setup_template, name="setup_template"),
    path("setup/<slug:step>/", setup_views.setup, name="setup_step"),
]
