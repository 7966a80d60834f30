"""The addresses of the platform, and one that breaks the promises of its own document: to be found out."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.choices import Area
from provider.urls import urlpatterns as platform


class BrokenAnswer(serializers.Serializer[Any]):
    """What is promised."""

    number = serializers.IntegerField()


class BrokenView(APIView):
    """Ends as its query says: with 500, an answer of another kind, or a status that nobody told of."""

    areas = [Area.CALLS]

    @extend_schema(operation_id="broken", parameters=[BrokenAnswer], responses=BrokenAnswer)
    def get(self, request: Request) -> Response:
        """Break."""
        number = request.query_params.get("number", "")
        if number.startswith("-"):
            raise RuntimeError("broken on purpose")
        return Response({"number": "none"}) if number == "0" else Response({}, 418)


urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/broken/", BrokenView.as_view()), *platform]
