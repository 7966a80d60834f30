"""Lists count as far as they show, big tables are estimated."""

from typing import Any

import pytest
from django.db import connection

from accounts.models import Customer
from provider.panel import counting
from provider.panel.counting import BoundedPaginator, about
from tests.factories.accounts import CustomerFactory, ResellerFactory


@pytest.fixture
def customers(db: None) -> None:
    reseller = ResellerFactory()
    for _ in range(12):
        CustomerFactory(reseller=reseller)


def test_a_short_list_is_counted(customers: None) -> None:
    paginator = BoundedPaginator(Customer.objects.all(), 5)
    assert (paginator.count, paginator.num_pages, paginator.is_more) == (12, 3, False)


def test_a_long_list_is_counted_up_to_the_limit(customers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "COUNT_LIMIT", 10)
    paginator = BoundedPaginator(Customer.objects.all(), 5)
    assert (paginator.count, paginator.num_pages, paginator.is_more) == (10, 2, True)


def test_a_plain_list_is_counted_as_it_is() -> None:
    assert BoundedPaginator([1, 2, 3], 2).count == 3


def test_a_small_table_is_counted_exactly(customers: None) -> None:
    assert about(Customer.objects.all()) == 12
    assert about(Customer.objects.none()) == 0


def test_a_big_table_is_estimated(customers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_customer")
    monkeypatch.setattr(counting, "EXACT_UP_TO", 5)
    assert about(Customer.objects.all()) == 12
    assert about(Customer.objects.none()) == 0


def test_a_page_is_taken_by_the_way_that_the_queryset_knows(customers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def take(rows: Any, stop: int, start: int = 0) -> list[Any]:
        asked.append((start, stop))
        return list(rows[start:stop])

    monkeypatch.setattr(type(Customer.objects.all()), "take", take)
    paginator = BoundedPaginator(Customer.objects.order_by("pk"), 5)
    assert list(paginator.page(3).object_list) == list(Customer.objects.order_by("pk")[10:])
    assert asked == [(10, 12)]


def test_a_page_of_a_plain_list_is_a_slice_of_it() -> None:
    assert list(BoundedPaginator([1, 2, 3], 2).page(2).object_list) == [3]
