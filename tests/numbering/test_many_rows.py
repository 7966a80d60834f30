"""Ten thousand numbers at once take seconds, whatever PostgreSQL believes of the tables and has planned before."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from numbering.actions import release_numbers
from numbering.actions_allocating import Allocation, allocate_next
from numbering.choices import Holding
from numbering.models import PhoneNumber
from subscribers.models import Subscriber
from tests.factories.numbering import NumberBlockFactory
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db
TEN_THOUSAND = 10_000
TABLES = "numbering_phonenumber, numbering_numberassignment, numbering_numberblock, subscribers_subscriber"


@pytest.fixture
def alice() -> Subscriber:
    alice = SubscriberFactory()
    NumberBlockFactory(first="+43660000000", last="+43660999999", reseller=alice.reseller)
    return alice


@contextmanager
def _within_seconds() -> Iterator[None]:
    """Two on a quiet machine, beside other tests more; each plan that went wrong here took half a minute."""
    began, load = time.monotonic(), os.getloadavg()[0] / (os.cpu_count() or 1)
    yield
    took = time.monotonic() - began
    assert took < 5 * max(1.0, load), f"{took:.2f} s where {load:.1f} want each processor"


def _take(alice: Subscriber, count: int) -> None:
    taken = allocate_next(Allocation(alice.reseller, count, subscriber=alice))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert len(taken) == count


def _give_back_all() -> None:
    release_numbers(list(PhoneNumber.objects.filter(holding=Holding.HELD)))


def test_after_one_number_in_the_same_session(alice: Subscriber) -> None:
    _take(alice, 1)
    _give_back_all()
    with _within_seconds():
        _take(alice, TEN_THOUSAND)
    with _within_seconds():
        _give_back_all()


def test_after_many_that_were_rolled_back(alice: Subscriber) -> None:
    with transaction.atomic():
        _take(alice, TEN_THOUSAND)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLES}")
    with _within_seconds():
        _take(alice, TEN_THOUSAND)
    with _within_seconds():
        _give_back_all()
