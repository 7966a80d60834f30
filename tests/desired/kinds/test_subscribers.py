"""Subscribers of a document."""

from typing import Any

import pytest

from accounts.models import Customer
from subscribers.models import Subscriber
from tests.desired.documents import apply, faults, plan
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers

CARL = "carl@a.example.org"


def test_one_is_made_with_its_customer(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    made = apply(side, subscribers=[{"aor": CARL, "customer": "New"}], customers=[{"name": "New"}])
    assert list(made) == [("create", "customer", "New"), ("create", "subscriber", CARL)]
    row = Subscriber.objects.get(username="carl")
    assert (row.customer.name, row.reseller, row.domain) == ("New", side.reseller, side.domain)


def test_one_changes_and_moves_to_another_customer(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    Customer.objects.create(reseller=side.reseller, name="Other")
    changed = apply(side, subscribers=[{"aor": side.alice.aor, "customer": "Other", "is_active": False}])
    assert changed == {
        ("change", "subscriber", side.alice.aor): {"customer": ("Customer", "Other"), "is_active": (True, False)}
    }
    side.alice.refresh_from_db()
    assert (side.alice.customer.name, side.alice.is_active, side.alice.display_name) == ("Other", False, "Alice")


def test_with_one_that_goes_go_its_credentials_and_its_numbers_are_free(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    gone = apply(side, subscribers=[{"aor": side.alice.aor, "state": "absent"}])
    assert list(gone) == [
        ("change", "number", side.alice_number.e164),
        ("remove", "credential", f"{side.alice.aor}#1"),
        ("remove", "subscriber", side.alice.aor),
    ]
    assert gone["change", "number", side.alice_number.e164]["subscriber"] == (side.alice.aor, None)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"aor": CARL}, {"customer": "required"}),
        ({"aor": CARL, "customer": "Nobody"}, {"customer": "does_not_exist"}),
        ({"aor": "carl@nowhere.example.org", "customer": "Customer"}, {"aor": "does_not_exist"}),
        ({"aor": "carl+ü@a.example.org", "customer": "Customer"}, {"aor": "invalid"}),
        ({"aor": "carl", "customer": "Customer"}, {"aor": "invalid"}),
        ({"aor": CARL, "customer": "Customer", "digest_algorithm": "sha1"}, {"digest_algorithm": "invalid_choice"}),
        ({"aor": CARL, "customer": "Customer", "display_name": "x" * 101}, {"display_name": "max_length"}),
        ({"aor": CARL, "customer": None}, {"customer": "null"}),
        ({"aor": CARL, "state": "absent", "display_name": "x"}, {"display_name": "contradiction"}),
        ({"aor": CARL, "id": "x"}, {"id": "unknown"}),
    ],
)
def test_what_can_be_wrong(two_resellers: TwoResellers, more: dict[str, Any], wrong: dict[str, str]) -> None:
    assert faults(two_resellers.a, subscribers=[more]) == {
        f"/subscribers/0/{name}": code for name, code in wrong.items()
    }


def test_what_follows_from_another_fault_is_not_told_again(two_resellers: TwoResellers) -> None:
    wrong = faults(
        two_resellers.a,
        customers=[{"name": "New", "max_calls": 0}],
        subscribers=[{"aor": CARL, "customer": "Nobody"}],
        credentials=[{"subscriber": CARL, "slot": 1}],
        numbers=[{"e164": two_resellers.a.free_number.e164, "subscriber": CARL}],
    )
    assert wrong == {"/customers/0/max_calls": "min_value"}
    wrong = faults(
        two_resellers.a,
        subscribers=[{"aor": CARL, "customer": "Nobody"}],
        credentials=[{"subscriber": CARL, "slot": 1}],
        numbers=[{"e164": two_resellers.a.free_number.e164, "subscriber": CARL}],
    )
    assert wrong == {"/subscribers/0/customer": "does_not_exist"}


def test_a_complete_list_is_of_the_customers_that_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    other = Customer.objects.create(reseller=side.reseller, name="Other")
    SubscriberFactory(domain=side.domain, customer=other, username="theirs")
    would = plan(side, prune=["subscribers"], customers=[{"name": "Customer"}], subscribers=[{"aor": side.alice.aor}])
    assert [key for action, kind, key in would if kind == "subscriber"] == [side.bob.aor]
    assert faults(side, prune=["subscribers"]) == {"/prune/0": "required"}
