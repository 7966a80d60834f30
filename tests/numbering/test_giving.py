"""Giving many numbers at once keeps the rules of giving one; with all that imports do it is tried in tests/imports."""

from datetime import timedelta

import pytest
from django.utils import timezone

from numbering.actions import port_out, release_number
from numbering.giving import Gift, give, refusal, standing_of, with_main
from numbering.models import NumberAssignment, PhoneNumber
from tests.factories.numbering import NumberAssignmentFactory, NumberBlockFactory, PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def _why(two_resellers: TwoResellers, number: str, *, may_make: bool = False, customer: int | None = None) -> str:
    a = two_resellers.a
    why = refusal(
        standing_of([number], a.reseller.pk)[number],
        reseller_id=a.reseller.pk,
        subscriber_id=a.alice.pk,
        customer_id=customer or a.customer.pk,
        may_make=may_make,
    )
    return why.code if why else ""


def test_who_can_have_what(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    NumberBlockFactory(first="+4311100", last="+4311199", reseller=a.reseller)
    NumberBlockFactory(first="+4313100", last="+4313199", reseller=None)
    PhoneNumberFactory(reseller=b.reseller, e164="+4319", extension_digits=4)
    release_number(a.bob_number)
    away = PhoneNumberFactory(reseller=a.reseller, e164="+4311007")
    port_out(away)
    dated = PhoneNumberFactory(reseller=a.reseller, e164="+4311008")
    NumberAssignmentFactory(number=dated, subscriber=a.bob, valid_from=timezone.now() + timedelta(days=1))
    expected = {
        "+4311003": "", "+4311001": "", "+4311002": "", "+4311150": "",
        "+4311008": "taken", "+4311007": "ported_out", "+4312003": "does_not_exist", "+4313150": "does_not_exist",
        "+4320000": "does_not_exist", "+431912": "does_not_exist",
    }  # fmt: skip
    assert {number: _why(two_resellers, number) for number in expected} == expected
    assert _why(two_resellers, "+4311002", customer=b.customer.pk) == "in_quarantine"
    assert _why(two_resellers, "+4320000", may_make=True) == ""
    assert _why(two_resellers, "+431912", may_make=True) == _why(two_resellers, "+4313150", may_make=True) != ""


def test_they_are_given_and_made(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    block = NumberBlockFactory(first="+4311100", last="+4311199", reseller=a.reseller)
    numbers = standing_of(["+4311001", "+4311003", "+4311150"], a.reseller.pk)
    assert with_main([a.alice.pk, a.bob.pk]) == {a.alice.pk, a.bob.pk}
    give(a.reseller.pk, [Gift(numbers["+4311003"], a.alice.pk, True), Gift(numbers["+4311150"], a.bob.pk, False)])
    held = NumberAssignment.objects.current()
    assert dict(held.filter(subscriber=a.alice).values_list("number__e164", "is_main")) == {
        "+4311001": False,
        "+4311003": True,
    }
    made = PhoneNumber.objects.get(e164="+4311150")
    assert (made.block, made.holding, held.get(number=made).subscriber) == (block, "held", a.bob)
    numbers = standing_of(["+4311001"], a.reseller.pk)
    give(a.reseller.pk, [Gift(numbers["+4311001"], a.alice.pk, True)])
    assert held.get(subscriber=a.alice, is_main=True).number == a.alice_number
    give(a.reseller.pk, [])
