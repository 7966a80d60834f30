"""Explain a call in the API: what `manage.py explain` tells the operator, as far as it is the token's owner's."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as NotExplained
from drf_spectacular.helpers import lazy_serializer
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area
from accounts.models import User
from calls.explain.answer import FAILURES, explain
from calls.explain.plain import as_plain
from calls.explain.question import METHODS, MOST_TEXT, Question
from provider.api.serializers import OneOf, UtcDateTimeField
from provider.api.view import ApiView
from provider.api.viewset import refuse_undeclared

_CALLER = "A subscriber as user@domain; a number with its plus is a call from outside, unless it is one of yours."
_CALLEE = "What is dialled: digits, user@domain, or a URI."
_AT = "When; now where nothing is said."
_SHOWS = "The number that the caller would like to be shown by."
_VERDICT = (
    "phones: they ring; gateways: the call leaves; refused: it ends with the status; nothing: nothing else is tried; "
    "elsewhere: it goes on where you may not look; more: it goes on further than is explained."
)


def _text(help_text: str) -> serializers.CharField:
    return serializers.CharField(
        required=False, default="", allow_blank=True, max_length=MOST_TEXT, help_text=help_text
    )


class QuestionSerializer(serializers.Serializer[Question]):
    """The query parameters."""

    caller = _text(_CALLER)
    callee = serializers.CharField(max_length=MOST_TEXT, help_text=_CALLEE)
    gateway = _text("By which it comes in: for the provider.")
    shows = _text(_SHOWS)
    at = UtcDateTimeField(required=False, default=None, allow_null=True, help_text=_AT)
    is_anonymous = serializers.BooleanField(required=False, default=False, help_text="The caller hides.")
    method = OneOf(choices=METHODS, required=False, default="INVITE")


class StepSerializer(serializers.Serializer[Any]):
    """One step of a decision."""

    rule = serializers.CharField(help_text="Which kind of step it is, for programs.")
    text = serializers.CharField(help_text="What was found, for people.")


class FieldSerializer(serializers.Serializer[Any]):
    """A header field that a target gets."""

    name = serializers.CharField(help_text="Such as P-Asserted-Identity.")
    value = serializers.CharField(help_text="As it goes out.")
    place = serializers.ChoiceField(
        choices=["instead", "above", "below", "kept"],
        help_text="instead of any of its name; above or below those that are there; kept: the caller's own.",
    )


class TargetSerializer(serializers.Serializer[Any]):
    """A phone or a gateway, and what it is sent."""

    kind = serializers.ChoiceField(choices=["phone", "gateway"], help_text="What it is.")
    name = serializers.CharField(help_text="Whose phone it is, as user@domain; the gateway's name.")
    request_uri = serializers.CharField(help_text="What is called, as it goes out.")
    fields_ = FieldSerializer(many=True, help_text="What else of the request says who calls, and by which way.")
    removed = serializers.ListField(
        child=serializers.CharField(), help_text="Names of what the caller said and the target does not learn."
    )
    route = serializers.ListField(child=serializers.CharField(), help_text="The values of Route.")
    way = serializers.CharField(help_text="The address or flow that it is sent to.")
    state = serializers.ChoiceField(
        choices=["up", "down", "partly", "unknown", ""],
        help_text="Of a gateway, as the edges see it; empty for a phone.",
    )
    rings_within = serializers.FloatField(
        allow_null=True, help_text="Seconds after which the next one is tried where it does not ring; null: no limit."
    )
    is_emergency = serializers.BooleanField(help_text="Whether the call goes to an emergency service.")
    others = serializers.SerializerMethodField(
        help_text="Gateways that are tried when this one fails, while phones ring."
    )

    @extend_schema_field(lazy_serializer("calls.api.explain.TargetSerializer")(many=True))
    def get_others(self, target: Any) -> Any:
        """Targets as this one."""
        return target["others"]

    def get_fields(self) -> dict[str, Any]:
        """`from` and `fields`, which are no names for attributes here."""
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields | {"from": serializers.CharField(help_text="Who calls, as it goes out.")}


class ShareSerializer(serializers.Serializer[Any]):
    """A gateway's part of the calls, where several are equally good."""

    gateway = serializers.CharField(help_text="Its name.")
    weight = serializers.IntegerField(help_text="Of its route.")
    percent = serializers.FloatField(help_text="Of the calls.")


class StageSerializer(serializers.Serializer[Any]):
    """One decision."""

    verdict = serializers.ChoiceField(
        choices=["phones", "gateways", "refused", "nothing", "elsewhere", "more"], help_text=_VERDICT
    )
    status_code = serializers.IntegerField(allow_null=True, help_text="The SIP status of a refusal.")
    reason = serializers.CharField(help_text="What stands beside it; empty without one.")
    whose = serializers.CharField(help_text="Who rings, or whose call leaves: user@domain.")
    rings_for = serializers.IntegerField(allow_null=True, help_text="Seconds; null: as long as the caller waits.")
    steps = StepSerializer(many=True, help_text="How it was found, in its order.")
    targets = serializers.ListField(child=TargetSerializer(many=True), help_text="Together; one list after the other.")
    shares = serializers.ListField(
        child=ShareSerializer(many=True), help_text="Where chance decides between gateways; for administrators."
    )


class FollowSerializer(StageSerializer):
    """What is done when a stage has failed so."""

    conditions = serializers.ListField(
        child=serializers.ChoiceField(choices=[name for name, _failure in FAILURES]),
        help_text="How the stage before has failed.",
    )
    follows = serializers.SerializerMethodField(help_text="What is done when this one fails too.")

    @extend_schema_field(lazy_serializer("calls.api.explain.FollowSerializer")(many=True))
    def get_follows(self, stage: Any) -> Any:
        """Stages as this one."""
        return stage["follows"]


class GatewayStateSerializer(serializers.Serializer[Any]):
    """What an edge says of a gateway."""

    gateway = serializers.CharField(help_text="Its name.")
    edge = serializers.CharField(help_text="The edge's name.")
    is_up = serializers.BooleanField(help_text="Whether it answers this edge.")
    since = serializers.DateTimeField(allow_null=True, help_text="Since when it has been so.")
    last_status = serializers.IntegerField(allow_null=True, help_text="The SIP status of its last answer.")
    last_error = serializers.CharField(help_text="What is wrong; empty where nothing is.")


class ExplanationSerializer(StageSerializer):
    """The first decision, and what follows from its failures."""

    caller = serializers.CharField(help_text="user@domain, or the gateway that it comes in by.")
    caller_number = serializers.CharField(help_text="In E.164; empty where there is none, or it is not yours to see.")
    callee = serializers.CharField(help_text="The URI that is called.")
    callee_number = serializers.CharField(help_text="In E.164; empty where there is none, or it is not yours to see.")
    method = serializers.CharField(help_text="Of the request.")
    at = serializers.DateTimeField(help_text="The time that it is explained for.")
    follows = FollowSerializer(many=True, help_text="What is done when it fails; ways that lead to the same together.")
    gateways = GatewayStateSerializer(many=True, help_text="Those that occur; for administrators.")


class ExplainView(ApiView):
    """Explains a call that nobody has made: the very code that routes calls decides, and says why."""

    areas = [Area.CALLS]

    @extend_schema(
        operation_id="explain",
        summary="Explain a call",
        parameters=[QuestionSerializer],
        responses=ExplanationSerializer,
    )
    def get(self, request: Request) -> Response:
        """Calls of your own subscribers, and calls from outside to your own numbers; it changes nothing.

        Of somebody else's subscriber you learn what any caller learns; gateways and routes are the provider's.
        """
        refuse_undeclared(request, set(QuestionSerializer().fields))
        asked = QuestionSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        try:
            explanation = explain(Question(**asked.validated_data), cast(User, request.user))
        except NotExplained as error:
            raise ValidationError(error.message_dict) from None
        return Response(as_plain(explanation))
