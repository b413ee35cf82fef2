from django.urls import path

from lib.web import addresses  # noqa: F401  (registers <kind:kind>)
from planning import confirm_views, promises, views, work

urlpatterns = [
    path("plan/", views.plan, name="plan"),
    path("plan/confirm/", confirm_views.confirm_plan, name="confirm_plan"),
    path("plan/tasks/", work.tasks, name="tasks"),
    path("plan/tasks.<kind:kind>", work.tasks_file, name="tasks_file"),
    path("plan/tasks/new/", work.task_form, name="new_task"),
    path("plan/tasks/<str:code>/", work.task, name="task"),
    path("plan/tasks/<str:code>/files/<int:pk>/", work.task_file, name="task_file"),
    path("plan/tasks/<str:code>/edit/", work.task_form, name="edit_task"),
    path("plan/meetings/", work.meetings, name="meetings"),
    path("commitments/", promises.commitments, name="commitments"),
    path("commitments.<kind:kind>", promises.commitments_file, name="commitments_file"),
    path("commitments/<str:code>/", promises.commitment, name="commitment"),
    path("commitments/<str:code>/files/<int:pk>/", promises.statement_file, name="statement_file"),
]
