import pytest
from django.core.cache import cache

from access.actions import create_token
from accounts.models import AccessToken, Organisation


@pytest.fixture(params=["the city's session", "a county's token", "nobody"])
def asker(request, clients):
    """Headers and cookies of who asks. The token has every scope, so that writing is tried to its end."""
    cache.clear()
    plain = {"Accept-Encoding": "identity"}  # schemathesis reads a WSGI application's answer as it comes
    if request.param == "nobody":
        return {"headers": plain}
    if request.param == "a county's token":
        unit = Organisation.objects.get(code="330122-DRC")
        more = {"scopes": AccessToken.Scope.values, "rate": 10**6}
        _token, text = create_token(name="试验", organisation=unit, by=None, **more)
        return {"headers": plain | {"Authorization": f"Bearer {text}"}}
    token = "a" * 32  # the session's writes need it twice
    cookies = {"sessionid": clients["municipal"].cookies["sessionid"].value, "csrftoken": token}
    return {"headers": plain | {"X-CSRFToken": token}, "cookies": cookies}
