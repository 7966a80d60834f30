"""Who asks: the first thing that a program wants to know of the token that it was given."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.tokens import TokenSerializer
from accounts.choices import Role
from accounts.models import Customer, Reseller, User
from provider.api.serializers import ApiSerializer
from provider.api.throttle import REQUESTS_A_MINUTE, WINDOW
from provider.api.view import ApiView
from provider.api.viewset import refuse_undeclared


class OwnUserSerializer(ApiSerializer):
    """The person whose token it is."""

    class Meta:
        model = User
        fields = ["id", "username", "first_name", "last_name", "email"]


class OwnResellerSerializer(ApiSerializer):
    """By its name."""

    class Meta:
        model = Reseller
        fields = ["id", "name"]


class OwnCustomerSerializer(ApiSerializer):
    """By its name."""

    class Meta:
        model = Customer
        fields = ["id", "name"]


class OwnTokenSerializer(TokenSerializer):
    """The token that asks."""

    class Meta(TokenSerializer.Meta):
        fields = ["id", "name", "begins_with", "scopes", "networks", "created_at", "expires_at"]

    def get_fields(self) -> dict[str, Any]:
        """Without whose it is, which stands beside it."""
        fields = super().get_fields()
        return {name: fields[name] for name in self.Meta.fields}


class RateLimitSerializer(serializers.Serializer[Any]):
    """How many requests the token may make; the headers RateLimit and RateLimit-Policy say it of every answer."""

    requests = serializers.IntegerField(help_text="So many…")
    seconds = serializers.IntegerField(help_text="… in so many seconds.")


class MeSerializer(serializers.Serializer[Any]):
    """Who asks, and what the token is good for."""

    role = serializers.ChoiceField(choices=Role.choices)
    user = OwnUserSerializer()
    reseller = OwnResellerSerializer(allow_null=True, help_text="Of a reseller's person, and of a customer's.")
    customer = OwnCustomerSerializer(allow_null=True, help_text="Of a customer's person.")
    token = OwnTokenSerializer()
    rate_limit = RateLimitSerializer()


class MeView(ApiView):
    """What a token says of itself."""

    areas = ()

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Whose token this is, what it may do, from where and until when. Every valid token may ask."""
        refuse_undeclared(request, set())
        user: Any = request.user
        known = {
            "role": user.role,
            "user": user,
            "reseller": user.reseller or (user.customer and user.customer.reseller),
            "customer": user.customer,
            "token": request.auth,
            "rate_limit": {"requests": REQUESTS_A_MINUTE, "seconds": WINDOW},
        }
        return Response(MeSerializer(known).data)
