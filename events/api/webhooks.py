"""Webhooks in the API, and what was sent by them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django_filters import ChoiceFilter, UUIDFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area, Role
from accounts.models import Customer, Reseller
from events.actions import ping, replay, replay_since, rotate_secret
from events.api.webhook_serializers import DeliverySerializer, ReplaySerializer, SecretSerializer, WebhookSerializer
from events.choices import DeliveryStatus
from events.models import Delivery, Webhook
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.writing import Answer, WritableViewSet, WritingViewSet

EVERYBODY = frozenset(Role)


class WebhookFilter(FilterSet):
    """What webhooks can be narrowed by."""

    is_active = YesNoFilter(help_text="Whether they are on.")
    reseller = ReferenceFilter(Reseller, field_name="reseller", help_text="The id of the reseller.")
    customer = ReferenceFilter(Customer, field_name="customer", help_text="The id of the customer.")


@extend_schema_view(create=extend_schema(responses={201: SecretSerializer}))
class WebhookViewSet(WritableViewSet):
    """Addresses of yours to which we send what happens, signed, one event at a time: see the document of events."""

    areas = [Area.EVENTS]
    queryset = Webhook.objects.select_related("reseller", "customer")
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilter
    orderings = {"created_at": "created_at"}
    default_ordering = "-created_at"
    writers = EVERYBODY
    writing = WritableViewSet.writing | {"rotate", "ping", "replay"}
    # Of two who rotate the same version at once one gets a secret, and the other is told.
    needs_match = WritableViewSet.needs_match | {"rotate"}

    @extend_schema(request=None, responses=SecretSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def rotate(self, request: Request, **kwargs: Any) -> Response:
        """Replace its secret by a new one, which is shown this once. For a day we sign with both."""
        del request
        return self.carry_out(lambda: self._rotate(kwargs[self.lookup_url_kwarg]))

    def _rotate(self, uid: Any) -> Answer:
        secret = rotate_secret(self.locked(uid, self.named_version("rotate")))
        answer = self.shown(200, self.find(self.get_queryset(), uid))
        return replace(answer, body=answer.body | {"secret": secret})

    @extend_schema(request=None, responses=DeliverySerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def ping(self, request: Request, **kwargs: Any) -> Response:
        """Have something sent that tells of nothing, to see whether it arrives: the delivery that is answered says so
        in a few seconds."""
        del request

        def write() -> Answer:
            delivery = ping(self.locked(kwargs[self.lookup_url_kwarg], None))
            return Answer(200, DeliverySerializer(delivery, context=self.get_serializer_context()).data)

        return self.carry_out(write)

    @extend_schema(request=ReplaySerializer, responses=WebhookSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def replay(self, request: Request, **kwargs: Any) -> Response:
        """Have all be sent again that happened since a time, in its order, before what is new."""

        def write() -> Answer:
            asked = ReplaySerializer(data=request.data)
            asked.is_valid(raise_exception=True)
            uid = kwargs[self.lookup_url_kwarg]
            replay_since(self.locked(uid, None), asked.validated_data["since"])
            return self.shown(200, self.find(self.get_queryset(), uid))

        return self.carry_out(write)


class DeliveryFilter(FilterSet):
    """Which webhook's they are; there is no list of everybody's."""

    webhook = ReferenceFilter(Webhook, field_name="webhook", required=True, help_text="The webhook's id.")
    status = ChoiceFilter(choices=DeliveryStatus.choices, help_text="What became of them.")
    event = UUIDFilter(help_text="The id of an event.")


class DeliveryViewSet(WritingViewSet):
    """What was sent to a webhook and is to be sent, with how it went; kept as long as events are."""

    areas = [Area.EVENTS]
    queryset = Delivery.objects.select_related("webhook")
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    orderings = {"created_at": "created_at"}
    default_ordering = "-created_at"
    writers = EVERYBODY
    writing = frozenset({"replay"})

    @extend_schema(request=None, responses=DeliverySerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def replay(self, request: Request, **kwargs: Any) -> Response:
        """Have it be sent once more, with attempts counted anew."""
        del request

        def write() -> Answer:
            uid = kwargs[self.lookup_url_kwarg]
            replay(self.locked(uid, None))
            return self.shown(200, self.find(self.get_queryset(), uid))

        return self.carry_out(write)
