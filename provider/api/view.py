"""What every view of the API is: it asks for a token and its scopes, counts the request, and answers in JSON."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.choices import Area
from provider.api.authentication import BearerAuthentication, HasScope
from provider.api.throttle import TokenThrottle


class ApiView(APIView):
    """The base of all views; by itself of those that are no collection."""

    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [TokenThrottle]
    renderer_classes = [JSONRenderer]

    # What a token must be good for; a view that does not say is a programming error.
    areas: ClassVar[Collection[Area]]
    # Actions that look without changing anything, although they are a POST.
    only_reads: ClassVar[frozenset[str]] = frozenset()

    def get_throttles(self) -> list[BaseThrottle]:
        """The same ones for the whole request: what they counted is told at its end."""
        if not hasattr(self, "_throttles"):
            self._throttles = super().get_throttles()
        return self._throttles

    def perform_authentication(self, request: Request) -> None:
        """Who asks; and the request is counted before anything is said of it, so that refused ones count too. Raises
        AuthenticationFailed (401), Throttled (429)."""
        super().perform_authentication(request)
        super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Done with the authentication."""

    def options(self, *_args: Any, **_kwargs: Any) -> Response:
        """Which methods there are, in `Allow`; what they take stands in the OpenAPI document."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Every answer says how many requests are left."""
        for throttle in self.get_throttles():
            for name, value in getattr(throttle, "headers", dict)().items():
                response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)
