"""How events are written in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from events.models import Event
from events.types import MEMBERS
from provider.api.serializers import ApiSerializer


@extend_schema_field({"type": "object", "properties": MEMBERS, "description": "What there is to know of it."})
class DataField(serializers.JSONField):
    """The members of `data`, each of which only some types have."""


class EventSerializer(ApiSerializer):
    """One thing that happened. Ids and names are those of that time: they stay when what they name is gone."""

    id = serializers.UUIDField(read_only=True)
    type: Any = serializers.CharField(
        read_only=True, help_text="What happened to what, such as `call.ended`. More types will come."
    )
    at: Any = serializers.DateTimeField(read_only=True, help_text="When it happened.")
    reseller = serializers.UUIDField(read_only=True, help_text="The reseller whose it is, where it is one's.")
    customer = serializers.UUIDField(read_only=True, help_text="The customer whose it is, where it is one's.")
    subscriber = serializers.UUIDField(read_only=True, help_text="The subscriber whom it is about, where it is one.")
    object_type = serializers.CharField(
        read_only=True, help_text="What kind of thing it is about: subscriber, number, call …"
    )
    object_id = serializers.UUIDField(read_only=True, help_text="The id of what it is about; null for a source.")
    object_name = serializers.CharField(read_only=True, help_text="What that was called then.")
    data = DataField(read_only=True)  # type: ignore[assignment]  # its metaclass takes it out of the class
    actor = serializers.UUIDField(
        read_only=True, help_text="The user whose token did it; null where it was not done by the API."
    )

    class Meta:
        model = Event
        fields = [
            "id",
            "type",
            "at",
            "reseller",
            "customer",
            "subscriber",
            "object_type",
            "object_id",
            "object_name",
            "data",
            "actor",
        ]
        read_only_fields = fields
