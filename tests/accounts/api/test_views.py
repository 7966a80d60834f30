"""Customers in the API."""

from tests.factories.accounts import CustomerFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows


def test_a_customer_is_written_so(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    (row,) = rows(side.reseller_token_text, "customers/")
    assert row == {
        "id": str(side.customer.uid),
        "name": "Customer",
        "is_active": True,
        "max_calls": None,
        "reseller": str(side.reseller.uid),
        "created_at": side.customer.created_at.isoformat().replace("+00:00", "Z"),
    }


def test_filters(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    CustomerFactory(reseller=two_resellers.a.reseller, name="Resting", is_active=False)
    assert [row["name"] for row in rows(token, "customers/", is_active="false")] == ["Resting"]
    assert [row["name"] for row in rows(token, "customers/", name="Customer")] == ["Customer"]
    assert rows(token, "customers/", name="Custom") == []


def test_a_filter_that_makes_no_sense_is_named(two_resellers: TwoResellers) -> None:
    assert refused_fields(ask(two_resellers.a.reseller_token_text, "customers/", is_active="perhaps")) == {
        "is_active": "invalid"
    }
