"""What a page allows the browser: nothing from elsewhere, nothing inline; more only where a library needs it.

The admin panel (django-unfold) evaluates expressions (Alpine) and writes style elements; the two API readers write
style elements. Everything else gets the strict policy.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
PANEL = STRICT | {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}
READERS = STRICT | {"style-src": "'self' 'unsafe-inline'", "worker-src": "blob:"}

PANEL_PREFIX = "/admin/"
READER_PREFIXES = ("/api/docs/", "/api/redoc/")

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def policy_for(path: str) -> str:
    """The Content-Security-Policy for an address."""
    policy = STRICT
    if path.startswith(PANEL_PREFIX):
        policy = PANEL
    elif path.startswith(READER_PREFIXES):
        policy = READERS
    return "; ".join(f"{name} {value}" for name, value in policy.items())


class SecurityHeaders:
    """Middleware: Content-Security-Policy and Permissions-Policy on every answer; what is somebody's is not cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the inner layers with the headers."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response
