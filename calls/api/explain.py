"""Explain a call in the API: what `manage.py explain` tells the operator, as far as it is the token's owner's."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as NotExplained
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from calls.explain.answer import explain
from calls.explain.plain import as_plain
from calls.explain.question import METHODS, MOST_TEXT, Question
from provider.api.authentication import BearerAuthentication, HasScope
from provider.api.serializers import UtcDateTimeField
from provider.api.throttle import TokenThrottle
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
    method = serializers.ChoiceField(choices=METHODS, required=False, default="INVITE")


class StepSerializer(serializers.Serializer[Any]):
    """One step of a decision."""

    rule = serializers.CharField(help_text="For programs.")
    text = serializers.CharField(help_text="For people.")


class FieldSerializer(serializers.Serializer[Any]):
    """A header field that a target gets."""

    name = serializers.CharField()
    value = serializers.CharField()
    place = serializers.ChoiceField(choices=["instead", "above", "below", "kept"])


class TargetSerializer(serializers.Serializer[Any]):
    """A phone or a gateway, and what it is sent."""

    kind = serializers.ChoiceField(choices=["phone", "gateway"])
    name = serializers.CharField()
    request_uri = serializers.CharField()
    fields_ = FieldSerializer(many=True)
    removed = serializers.ListField(child=serializers.CharField())
    route = serializers.ListField(child=serializers.CharField())
    way = serializers.CharField()
    state = serializers.CharField(help_text="up, down, partly or unknown; empty for a phone.")
    rings_within = serializers.FloatField(allow_null=True)
    is_emergency = serializers.BooleanField()
    others = serializers.ListField(
        child=serializers.DictField(), help_text="Gateways that are tried when this one fails, while phones ring."
    )

    def get_fields(self) -> dict[str, Any]:
        """`from` and `fields`, which are no names for attributes here."""
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields | {"from": serializers.CharField()}


class ShareSerializer(serializers.Serializer[Any]):
    """A gateway's part of the calls, where several are equally good."""

    gateway = serializers.CharField()
    weight = serializers.IntegerField()
    percent = serializers.FloatField()


class StageSerializer(serializers.Serializer[Any]):
    """One decision."""

    verdict = serializers.ChoiceField(
        choices=["phones", "gateways", "refused", "nothing", "elsewhere", "more"], help_text=_VERDICT
    )
    status_code = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    whose = serializers.CharField(help_text="Who rings, or whose call leaves: user@domain.")
    rings_for = serializers.IntegerField(allow_null=True, help_text="Seconds.")
    steps = StepSerializer(many=True)
    targets = serializers.ListField(child=TargetSerializer(many=True), help_text="Together; one list after the other.")
    shares = serializers.ListField(child=ShareSerializer(many=True))


class FollowSerializer(StageSerializer):
    """What is done when a stage has failed so."""

    conditions = serializers.ListField(child=serializers.CharField())
    follows = serializers.ListField(child=serializers.DictField(), help_text="As this one.")


class GatewayStateSerializer(serializers.Serializer[Any]):
    """What an edge says of a gateway."""

    gateway = serializers.CharField()
    edge = serializers.CharField()
    is_up = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField()


class ExplanationSerializer(StageSerializer):
    """The first decision, and what follows from its failures."""

    caller = serializers.CharField()
    caller_number = serializers.CharField()
    callee = serializers.CharField()
    callee_number = serializers.CharField()
    method = serializers.CharField()
    at = serializers.DateTimeField()
    follows = FollowSerializer(many=True)
    gateways = GatewayStateSerializer(many=True)


class ExplainView(APIView):
    """Explains a call that nobody has made: the very code that routes calls decides, and says why."""

    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [TokenThrottle]
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="explain",
        summary="Explain a call",
        parameters=[QuestionSerializer],
        responses=ExplanationSerializer,
        examples=[OpenApiExample("A call out", {"caller": "alice@example.org", "callee": "011002"}, request_only=True)],
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
