"""Customers in the API."""

from tests.factories.accounts import CustomerFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send


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


def test_a_reseller_reads_itself_with_its_limits_and_changes_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"resellers/{side.reseller.uid}/"
    assert rows(side.reseller_token_text, "resellers/") == [
        {
            "id": str(side.reseller.uid),
            "name": "Reseller a",
            "is_active": True,
            "max_calls": None,
            "created_at": side.reseller.created_at.isoformat().replace("+00:00", "Z"),
        }
    ]
    for method, where in (("PATCH", path), ("DELETE", path), ("POST", "resellers/"), ("POST", "resellers/bulk/")):
        refused = send(method, side.reseller_token_text, where, {"name": "x", "max_calls": 1000})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert rows(side.customer_token_text, "resellers/") == []


def test_administrators_make_and_change_resellers(two_resellers: TwoResellers) -> None:
    own, side = two_resellers.admin_token_text, two_resellers.a
    made = send("POST", own, "resellers/", {"name": "Third", "max_calls": 30})
    assert (made.status_code, made.json()["max_calls"]) == (201, 30)
    assert refused_fields(send("POST", own, "resellers/", {"name": "Third"})) == {"name": "unique"}
    used = send("DELETE", own, f"resellers/{side.reseller.uid}/", headers={"If-Match": "*"})
    assert (used.status_code, used.json()["code"]) == (409, "in_use")
    gone = send("DELETE", own, f"resellers/{made.json()['id']}/", headers={"If-Match": "*"})
    assert gone.status_code == 204
    send("PATCH", own, f"resellers/{side.reseller.uid}/", {"is_active": False})
    assert ask(side.reseller_token_text, "me/").status_code == 401


def test_customers_do_not_see_the_limits_of_their_reseller(two_resellers: TwoResellers) -> None:
    (row,) = rows(two_resellers.a.customer_token_text, "customers/", expand="reseller")
    assert set(row["reseller"]) == {"id", "name", "is_active", "created_at"}
