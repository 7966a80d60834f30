"""Subscribers as CSV: what the import reads back as it was, and what no spreadsheet computes."""

from __future__ import annotations

import csv
import tracemalloc
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer, User
from imports import actions
from imports.actions import Order
from imports.choices import ImportKind
from numbering.actions import assign_number
from numbering.models import NumberAssignment, PhoneNumber
from provider.csv_rows import csv_response
from subscribers import exports
from subscribers.models import CallSettings, Subscriber
from tests.factories.accounts import CustomerFactory
from tests.factories.numbering import PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import Side, TwoResellers
from tests.imports.working import outcomes, problems, run

pytestmark = pytest.mark.django_db


def _file(subscribers: Any) -> bytes:
    return csv_response("subscribers", exports.COLUMNS, exports.rows(subscribers)).getvalue()


def _table(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def _own(user: User) -> QuerySet[Subscriber]:
    return Subscriber.objects.visible_to(user)


def test_each_subscriber_with_its_numbers_and_settings(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    assign_number(a.free_number, a.alice)
    CallSettings.objects.update_or_create(subscriber=a.alice, defaults={"max_calls": 3})
    Subscriber.objects.filter(pk=a.bob.pk).update(is_active=False, digest_algorithm="SHA-256", display_name="=1+1")
    assert _table(_file(_own(a.reseller_user))) == [
        ["username", "domain", "customer", "display_name", "numbers", "main_number", "is_active", "max_calls",
         "digest_algorithm"],
        ["alice", "a.example.org", "Customer", "Alice", "'+4311001 +4311003", "'+4311001", "yes", "3", ""],
        ["bob", "a.example.org", "Customer", "'=1+1", "'+4311002", "'+4311002", "no", "", "SHA-256"],
    ]  # fmt: skip


def test_secrets_are_not_among_the_columns(two_resellers: TwoResellers) -> None:
    assert not {"password", "md5", "sha256", "md5_at", "sha256_at"} & set(exports.COLUMNS)
    content = _file(Subscriber.objects.all()).decode()
    assert two_resellers.a.alice_password not in content
    assert two_resellers.a.alice_credential.secret not in content


def test_everybody_exports_their_own(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    assert len(_table(_file(_own(two_resellers.admin)))) == 5
    for user in (a.reseller_user, a.customer_user):
        assert {row[1] for row in _table(_file(_own(user)))[1:]} == {"a.example.org"}
    assert "a.example.org" not in _file(_own(b.reseller_user)).decode()


def test_numbers_of_the_past_and_of_a_time_to_come_are_not_told(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE numbering_numberassignment SET valid_from = now() + interval '1 day' WHERE id = %s",
            [a.alice_assignment.pk],
        )
        cursor.execute(
            "UPDATE numbering_numberassignment SET valid_from = now() - interval '2 days', "
            "valid_until = now() - interval '1 day' WHERE id = %s",
            [a.bob_assignment.pk],
        )
    assert [row[4:6] for row in _table(_file(_own(a.reseller_user)))[1:]] == [["", ""], ["", ""]]


def _many(a: Side) -> None:
    """A reseller with all that a file can say, and with what would be read otherwise if it were written carelessly."""
    bakery = CustomerFactory(reseller=a.reseller, name='\'=Bäckerei; +Söhne, "Café"')
    odd = SubscriberFactory(domain=a.domain, customer=bakery, username="+43-1.x_y", display_name="@Öl;=1+1")
    plain = SubscriberFactory(
        domain=a.domain, customer=bakery, username="zoe", display_name="Zoé\u00a0Ünal", is_active=False
    )
    numbers = [PhoneNumberFactory(reseller=a.reseller, e164=f"+43119{number}") for number in range(4)]
    for number in numbers[:3]:
        assign_number(number, odd)
    assign_number(numbers[3], plain, is_main=False)
    assign_number(a.free_number, a.alice, is_main=True)
    CallSettings.objects.update_or_create(subscriber=odd, defaults={"max_calls": 30})
    Subscriber.objects.filter(pk=plain.pk).update(digest_algorithm="SHA-256")


def test_an_empty_platform_gets_the_same_subscribers_by_an_import(two_resellers: TwoResellers) -> None:
    """The reseller is emptied: what it has left is its domain, as where somebody moves here."""
    a, b = two_resellers.a, two_resellers.b
    _many(a)
    before, others = _file(_own(a.reseller_user)), _file(_own(b.reseller_user))
    NumberAssignment.objects.filter(reseller=a.reseller).delete()
    Subscriber.objects.filter(reseller=a.reseller).delete()
    PhoneNumber.objects.filter(reseller=a.reseller).delete()
    a.customer_user.delete()
    Customer.objects.filter(reseller=a.reseller).delete()
    assert len(_table(_file(_own(a.reseller_user)))) == 1
    order = Order(ImportKind.SUBSCRIBERS, a.reseller, make_customers=True)
    job = run(actions.begin(two_resellers.admin, order, BytesIO(before)))
    assert (problems(job), outcomes(job)) == ([], ["created"] * 4)
    assert job.passwords_made == 4
    assert (_file(_own(a.reseller_user)), _file(_own(b.reseller_user))) == (before, others)
    again = run(actions.begin(two_resellers.admin, order, BytesIO(before)))
    assert (problems(again), outcomes(again)) == ([], ["unchanged"] * 4)


def test_they_are_read_in_parts(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    del two_resellers
    whole = list(exports.rows(Subscriber.objects.all()))
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    with CaptureQueriesContext(connection) as queries:
        assert list(exports.rows(Subscriber.objects.all())) == whole
    assert [row[:2] for row in whole] == [
        ["alice", "a.example.org"], ["alice", "b.example.org"], ["bob", "a.example.org"], ["bob", "b.example.org"],
    ]  # fmt: skip
    assert len(queries) == 4 * 2 + 1


def test_many_of_them_need_no_more_room_than_a_part(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    Subscriber.objects.bulk_create(
        Subscriber(
            domain=a.domain, customer=a.customer, reseller=a.reseller, username=f"u{number}", display_name="x" * 90
        )
        for number in range(12_000)
    )
    rows = exports.rows(_own(a.reseller_user))
    next(rows)
    tracemalloc.start()
    try:
        count = sum(1 for _row in rows)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 12_001
    assert peak < 6_000_000, "two thousand rows at once take some 2 MB"
