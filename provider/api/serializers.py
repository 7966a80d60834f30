"""How rows are written in the API: ids are uids, times are UTC, references are the uid of the other row."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db import models
from rest_framework import serializers


class UtcDateTimeField(serializers.DateTimeField):
    """RFC 3339 in UTC, whatever zone the pages use."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class Reference(serializers.UUIDField):
    """The id of another row: `customer = Reference("customer")` writes customer.uid."""

    def __init__(self, to: str, **kwargs: Any) -> None:
        super().__init__(source=f"{to}.uid", read_only=True, **kwargs)


class ApiSerializer(serializers.ModelSerializer[Any]):
    """The base of all serializers."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcDateTimeField,
    }
    id = serializers.UUIDField(source="uid", read_only=True)
