"""Customers of a document."""

from accounts.models import Customer
from tests.desired.documents import apply, faults, plan
from tests.factories.two_resellers import TwoResellers


def test_one_is_made_and_changed_and_removed(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    made = apply(side, customers=[{"name": "Fink"}])
    assert made == {("create", "customer", "Fink"): {"is_active": (None, True), "max_calls": (None, None)}}
    changed = apply(side, customers=[{"name": "Fink", "max_calls": 3}])
    assert changed == {("change", "customer", "Fink"): {"max_calls": (None, 3)}}
    assert plan(side, customers=[{"name": "Fink"}]) == {}, "what is not said stays"
    gone = apply(side, customers=[{"name": "Fink", "state": "absent"}])
    assert list(gone) == [("remove", "customer", "Fink")]
    assert plan(side, customers=[{"name": "Fink", "state": "absent"}]) == {}


def test_each_reseller_has_its_own_of_the_same_name(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    apply(a, customers=[{"name": "Customer", "max_calls": 7}])
    apply(a, customers=[{"name": "Fink"}])
    assert list(plan(b, customers=[{"name": "Fink", "state": "present"}])) == [("create", "customer", "Fink")]
    b.customer.refresh_from_db()
    assert b.customer.max_calls is None


def test_one_that_still_has_subscribers_stays(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wrong = faults(side, customers=[{"name": "Fink"}, {"name": "Customer", "state": "absent"}])
    assert wrong == {"/customers/1": "in_use"}


def test_of_many_that_go_the_ones_that_cannot_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    for name in "PQRS":
        Customer.objects.create(reseller=side.reseller, name=name)
    absent = [{"name": name, "state": "absent"} for name in ("P", "Q", "Customer", "R", "S")]
    assert faults(side, customers=absent) == {"/customers/2": "in_use"}


def test_what_the_model_refuses_is_told_of_each(two_resellers: TwoResellers) -> None:
    wrong = faults(two_resellers.a, customers=[{"name": "A", "max_calls": 0}, {"name": "B", "max_calls": -1}])
    assert wrong == {"/customers/0/max_calls": "min_value", "/customers/1/max_calls": "min_value"}


def test_a_complete_list_removes_the_others(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    Customer.objects.create(reseller=side.reseller, name="Spare")
    would = plan(side, prune=["customers"], customers=[{"name": "Customer"}])
    assert list(would) == [("remove", "customer", "Spare")]
    assert faults(side, prune=["customers"], customers=[{"name": "Spare"}]) == {"/prune/0": "in_use"}
