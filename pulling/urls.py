from django.urls import path

from pulling import views

urlpatterns = [
    path("pulls/", views.pulls, name="pulls"),
    path("pulls/<str:uid>/", views.pull_source, name="pull"),
    path("pulls/<str:uid>/end/", views.pull_end, name="pull_end"),
    path("pulls/<str:uid>/<str:way>/", views.pull_now, name="pull_now"),
]
