"""What is shown when something goes wrong: a page in our own frame, below /api/ a problem document."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext_lazy as _

from provider.api.problems import problem_response
from provider.language import API_PREFIX

TITLES = {
    400: _("This request cannot be understood"),
    403: _("This is not for your account"),
    404: _("There is nothing at this address"),
    500: _("Something went wrong on our side"),
}
TEXTS = {
    400: _("Please go back, reload the page and try again."),
    403: _("Your account may not see this page. If you need it, ask whoever gave you the account."),
    404: _("The address may be mistyped, or what was here is gone, or it is not yours to see."),
    500: _("The fault has been logged. Please try again in a moment."),
}
API_TEXTS = {
    400: "The request cannot be read: its address, its headers or the number of its parameters are out of bounds.",
    403: "This is not for your account.",
    404: "There is nothing at this address.",
    500: "This is our fault, and was written to our log. If it stays so, tell us when it happened.",
}
EXPIRED = _("The page was open for too long, or cookies are switched off. Please go back, reload and try again.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400."""
    return _page(request, 400, "bad_request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, with the sentence of the PermissionDenied that was raised, if it has one."""
    return _page(request, 403, "forbidden", str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404."""
    return _page(request, 404, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Needs neither the database nor the session: they may be what is broken."""
    return _page(request, 500, "server_error")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403 for a form that was sent without its token."""
    return _page(request, 403, "csrf", str(EXPIRED))


def _page(request: HttpRequest, status: int, code: str, text: str = "") -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(status, text or API_TEXTS[status], code)
    context = {"status": status, "title": TITLES[status], "text": text or TEXTS[status]}
    return HttpResponse(loader.render_to_string("errors/page.html", context), status=status)
