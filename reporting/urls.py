from django.urls import include, path

from reporting import views

urlpatterns = [
    path("reporting/", views.worklist, name="worklist"),
    path("reporting/rounds/", views.new_round, name="new_round"),
    path("reporting/<str:area>/<int:year>/", views.sheet, name="sheet"),
    path("reporting/<str:area>/<int:year>/steps/<str:action>/", views.step, name="sheet_step"),
    path("reporting/<str:area>/<int:year>/thread/<str:indicator>/", views.thread, name="thread"),
    path("reporting/<str:area>/<int:year>/", include("reporting.file_urls")),
    path("review/", views.review_queue, name="review"),
    path("review/steps/<str:action>/", views.step_many, name="review_step"),
]
