"""A database that was filled holds what was announced, keeps what the models promise, and is what the product reads."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Customer, Reseller
from bench.web.fill import Stamp, read_stamp, top_up
from bench.web.shape import VERSION, Shape
from calls.models import Call
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Binding, Domain, DomainName, SipCredential, Subscriber
from subscribers.secrets import decrypt
from trunking.models import Gateway

SILENT = lambda _what, _done, _total: None  # noqa: E731 - a callback that does nothing


def _indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(  # but for those of partitions: the months that are measured have more of them
            "SELECT relname FROM pg_class WHERE relkind IN ('i', 'I') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        )
        return {name for (name,) in cursor.fetchall()}


def test_everything_is_there(shape: Shape) -> None:
    counts = [model.objects.count() for model in (Reseller, Customer, Domain, Subscriber, SipCredential, Binding, Call)]
    assert counts == [
        shape.resellers, shape.customers, shape.domains, shape.subscribers, shape.subscribers, shape.registrations,
        shape.calls,
    ]  # fmt: skip
    assert PhoneNumber.objects.count() == shape.subscribers
    assert DomainName.objects.filter(is_primary=True).count() == shape.domains
    assert decrypt(SipCredential.objects.all()[0].secret).md5 is not None


def test_rows_keep_what_the_models_promise(shape: Shape) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in (Subscriber, NumberAssignment, Domain, Gateway):
        for row in model.objects.order_by("?")[:20]:
            try:
                row.full_clean()
            except ValidationError as error:
                pytest.fail(f"{row!r}: {error}")
    mixed = Subscriber.objects.exclude(domain__reseller_id=1).exclude(customer__reseller_id__gt=1)
    assert not mixed.exists()


def test_what_is_free_stands_in_the_rows_of_the_numbers(shape: Shape) -> None:
    held = NumberAssignment.objects.current().values("number_id")
    assert set(PhoneNumber.objects.assigned()) == set(PhoneNumber.objects.filter(pk__in=held))
    assert set(PhoneNumber.objects.unassigned()) == set(PhoneNumber.objects.exclude(pk__in=held))


def test_indexes_and_sequences_are_as_after_migrations(db: None, request: pytest.FixtureRequest) -> None:
    before = _indexes()
    request.getfixturevalue("shape")
    assert _indexes() == before
    assert Reseller.objects.create(name="one more").pk == Shape(0.001).resellers + 1


def test_a_later_run_adds_the_calls_since_the_last_one(shape: Shape) -> None:
    before = Call.objects.count()
    week_ago = (datetime.now(UTC) - timedelta(days=40)).timestamp()
    stamp = top_up(shape, Stamp(VERSION, shape.scale, week_ago), SILENT)
    added = Call.objects.count() - before
    assert abs(added - shape.calls * 40 / 180) < 5
    assert stamp.calls_until > week_ago
    assert top_up(shape, stamp, SILENT) == stamp


def test_a_stamp_of_another_version_is_none(tmp_path: Path) -> None:
    file = tmp_path / "filled.json"
    assert read_stamp(file) is None
    file.write_text('{"version": 0, "scale": 1.0, "calls_until": 1.0}')
    assert read_stamp(file) is None
    file.write_text(f'{{"version": {VERSION}, "scale": 1.0, "calls_until": 1.0}}')
    assert read_stamp(file) == Stamp(VERSION, 1.0, 1.0)
