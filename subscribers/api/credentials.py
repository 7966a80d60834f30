"""SIP credentials in the API: made and rotated, with a password of ours, shown once, or with one that is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError as FieldRefused
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area
from accounts.scopes import allows
from provider.api.filters import ReferenceFilter
from provider.api.serializers import ApiSerializer, Choice, Strict, refused
from provider.api.writing import Answer, WritableViewSet
from subscribers.actions import (
    add_credential,
    remove_credential,
    rotate_credential,
    set_credential_from_ha1,
    set_credential_from_password,
)
from subscribers.models import SipCredential, Subscriber

HA1_KINDS = ("md5", "sha256", "md5_at", "sha256_at")


class Ha1Serializer(Strict):
    """HA1 values as others keep them (RFC 7616 §3.4.2), hexadecimal. The realm in them is the domain's name."""

    md5 = serializers.CharField(required=False, max_length=32, help_text="MD5 of username:realm:password.")
    sha256 = serializers.CharField(required=False, max_length=64, help_text="SHA-256 of the same.")
    md5_at = serializers.CharField(required=False, max_length=32, help_text="MD5 of username@realm:realm:password.")
    sha256_at = serializers.CharField(required=False, max_length=64, help_text="SHA-256 of the same.")


class CredentialSerializer(ApiSerializer):
    """A secret that a phone proves itself by. Without `password` and `ha1` we make a password, and show it once."""

    subscriber = Choice(Subscriber)
    aor = serializers.CharField(source="subscriber.aor", read_only=True, help_text="username@domain")
    password = serializers.CharField(
        required=False, write_only=True, trim_whitespace=False, help_text="One that its phone has already."
    )
    ha1 = Ha1Serializer(required=False, write_only=True, help_text="Of a password that nobody knows any more.")

    fixed = ["subscriber", "password", "ha1"]

    class Meta:
        model = SipCredential
        fields = ["id", "subscriber", "aor", "slot", "label", "password", "ha1", "created_at", "rotated_at"]
        read_only_fields = ["slot"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where both are given."""
        if "password" in attrs and "ha1" in attrs:
            raise ValidationError({"ha1": "Give a password or its HA1, not both."}, "contradiction")
        return attrs

    def create(self, validated_data: dict[str, Any]) -> SipCredential:
        """Add a credential to those of its subscriber."""
        subscriber, label = validated_data["subscriber"], validated_data.get("label", "")
        if "password" in validated_data:
            return set_credential_from_password(subscriber, validated_data["password"], label=label)
        if "ha1" in validated_data:
            return _from_ha1(subscriber, validated_data["ha1"], label)
        credential, password = add_credential(subscriber, label)
        self.once = {"password": password}
        return credential


def _from_ha1(subscriber: Subscriber, values: dict[str, str], label: str) -> SipCredential:
    try:
        return set_credential_from_ha1(subscriber, values, label=label)
    except FieldRefused as error:
        raise refused(error, {name: f"ha1.{name}" for name in HA1_KINDS}) from error


class NewCredentialSerializer(CredentialSerializer):
    """A credential that was just made or rotated."""

    password = serializers.CharField(read_only=True, help_text="Shown this once; absent where it was given.")
    sometimes = ["password"]


class FirstCredentialSerializer(CredentialSerializer):
    """A credential that is made together with its subscriber; `{}` for one with a password of ours."""

    id = subscriber = aor = None  # type: ignore[assignment]  # how the framework takes members away

    class Meta:
        model = SipCredential
        fields = ["label", "password", "ha1"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for a token that may not make any, or as any other."""
        if not allows(self.context["request"].auth.scopes, [Area.CREDENTIALS], is_write=True):
            raise ValidationError("This token lacks the scope credentials:write.", "insufficient_scope")
        return super().validate(attrs)

    def shown_once(self, subscriber: Subscriber, given: dict[str, Any]) -> dict[str, Any]:
        """Make it, and write it with the password that we made, if we did. Raises ValidationError."""
        maker = CredentialSerializer(context=self.context)
        try:
            credential = maker.create({**given, "subscriber": subscriber})
        except FieldRefused as error:
            raise ValidationError({"credential": refused(error).detail}) from error
        except ValidationError as error:
            raise ValidationError({"credential": error.detail}) from error
        return {**CredentialSerializer(credential, context=self.context).data, **maker.once}


class CredentialFilter(FilterSet):
    """Whose they are; there is no list of everybody's."""

    subscriber = ReferenceFilter(Subscriber, field_name="subscriber", required=True, help_text="The subscriber's id.")


@extend_schema_view(create=extend_schema(responses={201: NewCredentialSerializer}))
class CredentialViewSet(WritableViewSet):
    """What a subscriber's phones prove themselves by. Secrets are shown when we make them, and never again."""

    areas = [Area.CREDENTIALS]
    queryset = SipCredential.objects.select_related("subscriber__domain")
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilter
    orderings = {"slot": "slot"}
    default_ordering = "slot"
    writing = WritableViewSet.writing | {"rotate"}
    # Of two who rotate the same version at once one gets a password, and the other is told, not locked out.
    needs_match = WritableViewSet.needs_match | {"rotate"}

    @extend_schema(request=None, responses=NewCredentialSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def rotate(self, request: Request, **kwargs: Any) -> Response:
        """Replace its password by a new one, which is shown this once. Phones that have the old one cannot register any
        more."""
        del request
        return self.carry_out(lambda: self._rotate(kwargs[self.lookup_url_kwarg]))

    def _rotate(self, uid: Any) -> Answer:
        password = rotate_credential(self.locked(uid, self.named_version("rotate")))
        answer = self.shown(200, self.find(self.get_queryset(), uid))
        return replace(answer, body=answer.body | {"password": password})

    def perform_destroy(self, row: Any) -> None:
        """End it."""
        remove_credential(row)
