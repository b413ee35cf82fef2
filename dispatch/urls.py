from django.urls import path

from dispatch import todo_views, views
from lib.web import addresses  # noqa: F401  (registers <kind:kind>)

urlpatterns = [
    path("todo/", todo_views.todo, name="todo"),
    path("dispatch/", views.dispatch, name="dispatch"),
    path("dispatch/press/", views.dispatch_press, name="dispatch_press"),
    path("dispatch.<kind:kind>", views.dispatch_file, name="dispatch_file"),
]
