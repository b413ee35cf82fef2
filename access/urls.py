from django.urls import path

from access import views, ways_in

urlpatterns = [
    path("accounts/oidc/", ways_in.oidc_login, name="oidc"),
    path("accounts/oidc/back/", ways_in.oidc_back, name="oidc_back"),
    path("accounts/cas/", ways_in.cas_login, name="cas"),
    path("accounts/tokens/", views.tokens, name="tokens"),
    path("accounts/tokens/<str:key>/", views.token_usage, name="token_usage"),
    path("accounts/tokens/<str:key>/revoke/", views.token_revoke, name="token_revoke"),
    path("accounts/tokens/<str:key>/confirm/", views.token_confirm, name="token_confirm"),
]
