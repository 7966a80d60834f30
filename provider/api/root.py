"""The API's own pages: its root, its OpenAPI document, the two readers for that, and what unknown addresses get."""

from __future__ import annotations

import threading
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView

from provider.api.authentication import BearerAuthentication, HasScope
from provider.api.problem_types import PROBLEM_TYPES
from provider.api.problems import problem_response
from provider.api.throttle import TokenThrottle


class ApiRoot(APIRootView):
    """The addresses of all collections."""

    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [TokenThrottle]
    renderer_classes = [JSONRenderer]


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, as JSON. It describes the product and no data, so anybody may read it."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []
    renderer_classes = [OpenApiJsonRenderer2]

    # drf-spectacular loads its extensions when they are first asked for, and two threads at once trip over each other.
    _one_at_a_time = threading.Lock()

    def _get_schema_response(self, request: Request) -> Response:
        with self._one_at_a_time:
            response: Response = super()._get_schema_response(request)  # type: ignore[no-untyped-call]
            return response


class DocsView(TemplateView):
    """Swagger UI (try requests out with a token) and Redoc (read at leisure), both from our own static files."""

    template_name = "api/swagger.html"


class ProblemsView(TemplateView):
    """What the `type` of a problem document leads to."""

    template_name = "api/problems.html"
    extra_context = {"kinds": PROBLEM_TYPES}


@csrf_exempt
def unknown_address(_request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """Whatever is below /api/ and nothing else answered."""
    detail = "There is nothing at this address. Collections stand under /api/v1/ and end in a slash."
    return problem_response(404, detail, "not_found")
