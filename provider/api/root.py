"""The API's own pages: its root, its OpenAPI document, the two readers for that, and what unknown addresses get."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView, View
from rest_framework.routers import APIRootView

from accounts.choices import Area
from provider.api.etags import is_named
from provider.api.openapi.document import served
from provider.api.problem_types import PROBLEM_TYPES
from provider.api.problems import problem_response
from provider.api.view import ApiView


class ApiRoot(ApiView, APIRootView):
    """The addresses of all collections."""

    areas: ClassVar[Collection[Area]] = ()


DOCUMENTS = settings.BASE_DIR / "docs"
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-cache"}


class Readable(View):
    """What anybody may read below /api/, by GET alone."""

    http_method_names = ["get", "head", "options"]

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer; without a session there is nothing that another site could have asked for."""
        return super().dispatch(request, *args, **kwargs)

    def http_method_not_allowed(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """405 as a problem, with `Allow`."""
        response = problem_response(405, f'Method "{request.method}" not allowed.', "method_not_allowed")
        response.headers["Allow"] = "GET, HEAD, OPTIONS"
        return response


class SchemaView(Readable):
    """The OpenAPI document, as JSON. It describes the product and no data, so anybody may read it, and keep it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """304 for who has it already."""
        document = served()
        known = request.headers.get("If-None-Match", "")
        response = HttpResponse(status=304) if is_named(known, document.etag) else HttpResponse(document.content)
        for name, value in {**HEADERS, "ETag": document.etag}.items():
            response.headers[name] = value
        return response


class DocsView(Readable, TemplateView):
    """Swagger UI (try requests out with a token) and Redoc (read at leisure), both from our own static files."""

    template_name = "api/swagger.html"


class ProblemsView(Readable, TemplateView):
    """What the `type` of a problem document leads to."""

    template_name = "api/problems.html"
    extra_context = {"kinds": PROBLEM_TYPES}


class TextView(Readable):
    """A document of the API as it lies in docs/: readable as it is, in any browser."""

    file = ""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Its text."""
        return HttpResponse((DOCUMENTS / self.file).read_bytes(), content_type="text/plain; charset=utf-8")


NOWHERE: Final = (
    "There is nothing at this address. /api/docs/ lists all that there are: they begin with /api/v1/ and end in "
    "a slash, ids in them are UUIDs."
)


@csrf_exempt
def unknown_address(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """Whatever is below /api/ and nothing else answered. Nobody is led on to an address with a slash: what was to be
    written would be lost on the way."""
    whole = f"{request.path}/"
    detail = f"Addresses end in a slash: send this to {whole}. Nothing was done." if _is_known(whole) else NOWHERE
    return problem_response(404, detail, "not_found")


def _is_known(path: str) -> bool:
    try:
        return resolve(path).func is not unknown_address
    except Resolver404:
        return False
