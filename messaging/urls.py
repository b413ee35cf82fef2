from django.urls import path

from messaging import views, webhook_views

urlpatterns = [
    path("messages/", views.messages_mine, name="messages_mine"),
    path("messages/seen/", views.news_seen, name="news_seen"),
    path("messages/read/", views.messages_read, name="messages_read"),
    path("messages/<int:pk>/open/", views.message_open, name="message_open"),
    path("messages/test/", views.test_mine, name="messages_test"),
    path("messages/thresholds/", views.new_threshold, name="new_threshold"),
    path("messages/thresholds/<int:pk>/drop/", views.threshold_drop, name="threshold_drop"),
    path("messages/log/", views.messages_log, name="messages_log"),
    path("messages/log/test/", views.test_robot, name="robot_test"),
    path("messages/log/<int:pk>/<str:action>/", views.letter_step, name="letter_step"),
    path("webhooks/", webhook_views.webhooks, name="webhooks"),
    path("webhooks/<str:uid>/", webhook_views.webhook, name="webhook"),
    path("webhooks/<str:uid>/test/", webhook_views.webhook_test, name="webhook_test"),
    path("webhooks/<str:uid>/renew/", webhook_views.webhook_renew, name="webhook_renew"),
    path("webhooks/<str:uid>/replay/", webhook_views.webhook_replay, name="webhook_replay"),
    path("webhooks/<str:uid>/end/", webhook_views.webhook_end, name="webhook_end"),
]
