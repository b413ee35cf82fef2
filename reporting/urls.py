from django.urls import include, path

from reporting import views
from reporting.checks import limit_views
from reporting.quarters import views as quarter_views
from reporting.rounds import views as follow_up
from reporting.rules import views as rule_views

urlpatterns = [
    path("reporting/", views.worklist, name="worklist"),
    path("reporting/rounds/", follow_up.new_round, name="new_round"),
    path("reporting/rounds/<int:year>/<str:action>/", follow_up.end_round, name="end_round"),
    path("reporting/rules/", rule_views.number_rules, name="number_rules"),
    path("reporting/limits/", limit_views.check_limits, name="check_limits"),
    path("reporting/progress/", follow_up.progress, name="progress"),
    path("reporting/progress/reminders/", follow_up.reminders, name="reminders"),
    path("reporting/notices/", follow_up.notices, name="notices"),
    path("reporting/notices/read/", follow_up.notices_read, name="notices_read"),
    path("reporting/<str:area>/<int:year>/", views.sheet, name="sheet"),
    path("reporting/<str:area>/<int:year>/quarters/", quarter_views.quarters, name="quarters"),
    path("reporting/<str:area>/<int:year>/steps/<str:action>/", views.step, name="sheet_step"),
    path("reporting/<str:area>/<int:year>/thread/<str:indicator>/", views.thread, name="thread"),
    path("reporting/<str:area>/<int:year>/", include("reporting.workbooks.urls")),
    path("review/", views.review_queue, name="review"),
    path("review/steps/<str:action>/", views.step_many, name="review_step"),
]
