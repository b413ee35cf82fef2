"""How the writing views of the API know who asks: by access token, or by the login of the site."""

from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from accounts.tokens import require_scope
from lib.refusals import Refused
from lib.web.challenges import challenge


class NotVerified(Refused):
    """A session without the secret of its own forms: somebody has logged in anew meanwhile, or another site asks."""

    kind = "session-not-verified"


class TokenAuthentication(authentication.BaseAuthentication):
    """What TokenMiddleware recognised, for the views of REST framework. Stands before the session's, which asks for a
    CSRF token: a request with an access token carries no cookie that another site could misuse."""

    def authenticate(self, request):
        token = getattr(request._request, "access_token", None)
        return (token.user, token) if token is not None else None

    def authenticate_header(self, request):
        return challenge()


class SessionAuthentication(authentication.SessionAuthentication):
    """The login of the site, for its own pages: REST framework's, with a refusal that has a kind."""

    def enforce_csrf(self, request):
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            words = _("登录已经换过，没有保存。请重新登录后再办；已填的内容还在。")
            raise NotVerified(words) from error


class HasScope(BasePermission):
    """Writing views name their scope: `scope = "write:entries"`. Reading is held to `read` by TokenMiddleware."""

    def has_permission(self, request, view):
        if request.method not in SAFE_METHODS:
            require_scope(request._request, getattr(view, "scope", "write"))
        return True
