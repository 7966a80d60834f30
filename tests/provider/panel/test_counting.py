"""Lists count as far as they show, big tables are estimated."""

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
