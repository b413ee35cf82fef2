from django.urls import path

from access import views

urlpatterns = [
    path("accounts/tokens/", views.tokens, name="tokens"),
    path("accounts/tokens/<str:key>/", views.token_usage, name="token_usage"),
    path("accounts/tokens/<str:key>/revoke/", views.token_revoke, name="token_revoke"),
    path("accounts/tokens/<str:key>/confirm/", views.token_confirm, name="token_confirm"),
]
