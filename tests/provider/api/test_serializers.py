"""Times are UTC whatever zone the pages use; references are uids."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone as django_timezone
from rest_framework import serializers

from provider.api.serializers import Reference, Strict, UtcDateTimeField


def test_a_time_is_written_in_utc() -> None:
    eastern = datetime(2026, 1, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    with django_timezone.override("Europe/Vienna"):
        assert UtcDateTimeField().to_representation(eastern) == "2026-01-01T12:00:00Z"
        assert UtcDateTimeField().to_representation(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


def test_a_reference_takes_the_other_rows_uid() -> None:
    field = Reference("customer")
    field.bind("customer", None)
    assert field.get_attribute(SimpleNamespace(customer=SimpleNamespace(uid="some-uid"))) == "some-uid"


class Everything(Strict):
    text = serializers.CharField(required=False)
    flag = serializers.BooleanField(required=False, allow_null=True)
    whole = serializers.IntegerField(required=False)
    part = serializers.FloatField(required=False)
    row = serializers.UUIDField(required=False)


@pytest.mark.parametrize(
    "sent",
    [
        {"text": 1},
        {"text": True},
        {"flag": "yes"},
        {"flag": 1},
        {"whole": "1"},
        {"whole": True},
        {"part": "1.5"},
        {"row": 7},
    ],
)
def test_what_json_has_another_type_for_is_refused(sent: dict[str, Any]) -> None:
    checked = Everything(data=sent)
    assert not checked.is_valid()
    assert [error.code for errors in checked.errors.values() for error in errors] == ["type"]


def test_what_is_of_its_type_is_taken() -> None:
    sent = {"text": "1", "flag": None, "whole": 1, "part": 2, "row": "0b1f6b0e-8a40-4a5c-9d8e-0f6a3a1c2b7d"}
    assert Everything(data=sent).is_valid()
