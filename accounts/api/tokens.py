"""API tokens in the API: made, with a text that is shown once, renamed and revoked."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as FieldRefused
from django.db.models import Model, QuerySet
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.actions import revoke_token
from accounts.choices import Area, Role, TokenState
from accounts.granting import grant_token
from accounts.models import ApiToken, User
from accounts.networks import MOST_NETWORKS, read_source
from accounts.scopes import ALL_SCOPES
from provider.api.filters import ReferenceFilter
from provider.api.serializers import ApiSerializer, Choice, OneOf
from provider.api.writing import WritableViewSet


class NetworkText(serializers.CharField):
    """An IPv4 or IPv6 network, such as 192.0.2.0/24 or 2001:db8::/32; an address alone is a network of one."""

    def to_internal_value(self, data: Any) -> str:
        """In canonical form. Raises ValidationError."""
        try:
            return read_source(super().to_internal_value(data))
        except FieldRefused as error:
            raise ValidationError(error.messages, "invalid_network") from error


class TokenSerializer(ApiSerializer):
    """A key to the API, without its text: only a hash of that is kept."""

    user = Choice(User, required=False, help_text="Whose it is: it sees and does what this person may; you, if absent.")
    username = serializers.CharField(source="user.username", read_only=True)
    begins_with = serializers.CharField(
        source="prefix", read_only=True, help_text="The first letters of its text, to tell tokens apart."
    )
    scopes = serializers.ListField(
        child=OneOf(choices=ALL_SCOPES),
        allow_empty=False,
        max_length=len(ALL_SCOPES),
        help_text="What it may do: read, write (which reads too), or either in one area. Never more than the token "
        "that asks for it.",
    )
    networks = serializers.ListField(
        child=NetworkText(max_length=50),
        required=False,
        max_length=MOST_NETWORKS,
        help_text="From where it may be used; empty: from anywhere. If absent, from where the token that asks for it "
        "may; never from elsewhere.",
    )
    state = serializers.ChoiceField(choices=TokenState.choices, read_only=True)

    fixed = ["user", "scopes", "networks", "expires_at"]

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "name",
            "user",
            "username",
            "begins_with",
            "scopes",
            "networks",
            "state",
            "created_at",
            "expires_at",
            "last_used_at",
            "last_used_from",
            "revoked_at",
        ]
        read_only_fields = ["last_used_at", "last_used_from", "revoked_at"]
        extra_kwargs = {
            "name": {"help_text": "For people: where it is used."},
            "expires_at": {
                "help_text": "When it ends by itself; null: never. Never later than the token that asks for it, whose "
                "end it has if none is said."
            },
            "last_used_at": {"help_text": "Noted once a minute."},
        }

    def create(self, validated_data: dict[str, Any]) -> ApiToken:
        """Make a token that may do no more than the one that asks."""
        request = self.context["request"]
        user = validated_data.pop("user", request.user)
        token, text = grant_token(request.auth, user, **validated_data)
        self.once = {"token": text}
        return token


class NewTokenSerializer(TokenSerializer):
    """A token that was just made."""

    token = serializers.CharField(read_only=True, help_text="Its text, shown this once: keep it now.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class TokenFilter(FilterSet):
    """What tokens can be narrowed by."""

    user = ReferenceFilter(User, field_name="user", help_text="The id of the person whose they are.")
    state = ChoiceFilter(choices=TokenState.choices, method="in_state", help_text="Whether they still open anything.")

    def in_state(self, rows: QuerySet[Any], _name: str, state: str) -> QuerySet[Any]:
        """Those in this state."""
        return rows.in_state(state)  # type: ignore[attr-defined, no-any-return]


@extend_schema_view(create=extend_schema(responses={201: NewTokenSerializer}))
class TokenViewSet(WritableViewSet):
    """Keys to the API: your own, and those of the people whom you see. Their texts are shown when they are made, and
    never again."""

    areas = [Area.TOKENS]
    queryset = ApiToken.objects.select_related("user")
    serializer_class = TokenSerializer
    filterset_class = TokenFilter
    orderings = {"created_at": "created_at"}
    default_ordering = "-created_at"
    writers = frozenset(Role)
    needs_match = frozenset()  # who revokes twice has done no harm

    def perform_destroy(self, row: Model) -> None:
        """Revoke it: it opens nothing any more, and stays in the list."""
        assert isinstance(row, ApiToken)  # noqa: S101 - of the queryset above
        revoke_token(row)
