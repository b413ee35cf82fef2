from journal.origin import origin


class OriginMiddleware:
    """Notes for the audit log that a request came over the web, and from which address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        channel = "api" if request.path.startswith("/api/") else "web"
        with origin(channel, request.META.get("REMOTE_ADDR", "")):
            return self.get_response(request)
