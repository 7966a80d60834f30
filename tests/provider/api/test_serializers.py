"""Times are UTC whatever zone the pages use; references are uids."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

from django.utils import timezone as django_timezone

from provider.api.serializers import Reference, UtcDateTimeField


def test_a_time_is_written_in_utc() -> None:
    eastern = datetime(2026, 1, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    with django_timezone.override("Europe/Vienna"):
        assert UtcDateTimeField().to_representation(eastern) == "2026-01-01T12:00:00Z"
        assert UtcDateTimeField().to_representation(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


def test_a_reference_takes_the_other_rows_uid() -> None:
    field = Reference("customer")
    field.bind("customer", None)
    assert field.get_attribute(SimpleNamespace(customer=SimpleNamespace(uid="some-uid"))) == "some-uid"
