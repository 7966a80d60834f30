"""Whose side of a call is whose, and what the other side is called."""

import pytest

from calls.parties import may_see, name_of_side, seen_by_customer
from sipedge.proxy.identity import ANONYMOUS
from tests.factories.calls import CallFactory
from tests.factories.two_resellers import TwoResellers


@pytest.mark.parametrize(
    ("uri", "number", "name"),
    [
        ("sip:alice@example.org", "+4311001", "+4311001"),
        ("sip:alice@example.org:5060;transport=tcp?x=y", "", "alice@example.org:5060"),
        ("sip:caf%C3%A9@example.org", "", "café@example.org"),
        ("tel:+4311001;phone-context=x", "", "+4311001"),
        ("nonsense", "", "nonsense"),
        ("", "", ""),
    ],
)
def test_what_a_side_is_called(uri: str, number: str, name: str) -> None:
    assert name_of_side(uri, number) == name


def test_sides_are_their_owners(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    for user in (two_resellers.admin, a.reseller_user, a.customer_user):
        assert may_see(user, a.reseller.pk, a.customer.pk)
    for user in (b.reseller_user, b.customer_user):
        assert not may_see(user, a.reseller.pk, a.customer.pk)
        assert not may_see(user, None, None)


def test_a_caller_who_asked_not_to_be_known_is_not_shown() -> None:
    call = CallFactory.build(caller=ANONYMOUS, caller_number="+4311001", callee_number="+4366123", caller_customer_id=1)
    outgoing, incoming = seen_by_customer(call, 1), seen_by_customer(call, 2)
    assert (outgoing.other_side, outgoing.own_side) == ("+4366123", "+4311001")
    assert (incoming.other_side, incoming.own_side) == ("anonymous", "+4366123")


def test_a_customer_sees_the_other_side() -> None:
    call = CallFactory.build(caller_number="+4311001", callee_number="+4366123", caller_customer_id=1)
    outgoing, incoming = seen_by_customer(call, 1), seen_by_customer(call, 2)
    assert (outgoing.is_outgoing, outgoing.other_side, outgoing.own_side) == (True, "+4366123", "+4311001")
    assert (incoming.is_outgoing, incoming.other_side, incoming.own_side) == (False, "+4311001", "+4366123")
