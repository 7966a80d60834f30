"""Numbers of a document: who has them, and what they are."""

from typing import Any

import pytest

from accounts.models import Customer
from numbering.choices import Holding
from numbering.models import PhoneNumber
from subscribers.models import Subscriber
from tests.desired.documents import apply, faults, plan
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers


def test_one_is_given_and_taken_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    free = side.free_number.e164
    given = apply(side, numbers=[{"e164": free, "subscriber": side.bob.aor, "note": "Door"}])
    assert given == {("change", "number", free): {"subscriber": (None, side.bob.aor), "note": ("", "Door")}}
    assert plan(side, numbers=[{"e164": free, "subscriber": side.bob.aor}]) == {}
    back = {("change", "number", free): {"subscriber": (side.bob.aor, None)}}
    assert plan(side, numbers=[{"e164": free, "state": "absent"}]) == back
    assert apply(side, numbers=[{"e164": free, "subscriber": None}]) == back
    assert apply(side, numbers=[{"e164": free, "note": ""}]) == {("change", "number", free): {"note": ("Door", "")}}
    assert PhoneNumber.objects.get(e164=free).holding == Holding.QUARANTINED


def test_one_moves_within_a_customer_and_not_to_another_before_its_quarantine_is_over(
    two_resellers: TwoResellers,
) -> None:
    side = two_resellers.a
    other = SubscriberFactory(
        domain=side.domain, customer=Customer.objects.create(reseller=side.reseller, name="Other"), username="other"
    )
    moved = apply(side, numbers=[{"e164": side.alice_number.e164, "subscriber": side.bob.aor}])
    assert moved == {
        ("change", "number", side.alice_number.e164): {
            "subscriber": (side.alice.aor, side.bob.aor), "is_main": (True, False),
        }
    }  # fmt: skip
    wrong = faults(side, numbers=[{"e164": side.alice_number.e164, "subscriber": other.aor}])
    assert wrong == {"/numbers/0": "invalid"}


def test_who_gets_another_main_number_loses_the_one_before_and_is_told(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    free, main = side.free_number.e164, side.alice_number.e164
    document = {"numbers": [{"e164": free, "subscriber": side.alice.aor, "is_main": True}]}
    expected = {
        ("change", "number", free): {"subscriber": (None, side.alice.aor), "is_main": (False, True)},
        ("change", "number", main): {"is_main": (True, False)},
    }
    assert plan(side, **document) == expected
    assert apply(side, **document) == expected
    assert apply(side, numbers=[{"e164": main, "is_main": True}])["change", "number", free] == {
        "is_main": (True, False)
    }
    gone = apply(side, numbers=[{"e164": main, "state": "absent"}])
    assert gone["change", "number", free] == {"is_main": (False, True)}


def test_one_out_of_a_block_is_taken_from_it(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    block = NumberBlockFactory(first="+43155500", last="+43155599", reseller=side.reseller, extension_digits=2)
    made = apply(side, numbers=[{"e164": "+43155507", "subscriber": side.alice.aor}])
    assert made["create", "number", "+43155507"]["extension_digits"] == (None, 2)
    assert PhoneNumber.objects.get(e164="+43155507").block == block
    assert plan(side, numbers=[{"e164": "+43155508", "state": "absent"}]) == {}


def test_of_several_new_ones_the_one_that_is_said_becomes_the_main_one(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    NumberBlockFactory(first="+43155500", last="+43155599", reseller=side.reseller)
    SubscriberFactory(domain=side.domain, customer=side.customer, username="carl")
    numbers = [
        {"e164": "+43155501", "is_main": False},
        {"e164": "+43155502"},
        {"e164": "+43155503", "is_main": True},
    ]
    wanted = [{**number, "subscriber": "carl@a.example.org"} for number in numbers]
    made = apply(side, numbers=wanted)
    assert [made["create", "number", one["e164"]]["is_main"][1] for one in numbers] == [False, False, True]
    assert plan(side, numbers=wanted) == {}


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"e164": "011001"}, {"/e164": "invalid"}),
        ({"e164": "+43999"}, {"/e164": "does_not_exist"}),
        ({"subscriber": "nobody@a.example.org"}, {"/subscriber": "does_not_exist"}),
        ({"is_main": True}, {"/is_main": "contradiction"}),
        ({"extension_digits": 13}, {"/extension_digits": "max_value"}),
        ({"note": "x" * 201}, {"/note": "max_length"}),
        ({"state": "gone"}, {"/state": "invalid_choice"}),
    ],
)
def test_what_can_be_wrong(two_resellers: TwoResellers, more: dict[str, Any], wrong: dict[str, str]) -> None:
    side = two_resellers.a
    found = faults(side, numbers=[{"e164": side.free_number.e164, **more}])
    assert found == {f"/numbers/0{name}": code for name, code in wrong.items()}


def test_the_only_number_stays_the_main_one(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wrong = faults(side, numbers=[{"e164": side.alice_number.e164, "is_main": False}])
    assert wrong == {"/numbers/0/is_main": "contradiction"}


def test_two_main_numbers_of_one_subscriber_are_refused(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    numbers = [PhoneNumberFactory(reseller=side.reseller, e164=f"+431180{n}").e164 for n in range(2)]
    main = [{"e164": e164, "subscriber": side.alice.aor, "is_main": True} for e164 in numbers]
    assert faults(side, numbers=main)["/numbers/1/is_main"] == "repeated"
    kept = [{"e164": side.alice_number.e164, "is_main": True}, main[0]]
    assert faults(side, numbers=kept) == {"/numbers/0/is_main": "contradiction"}


def test_those_that_cannot_be_given_are_named_one_by_one(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    away = PhoneNumberFactory(reseller=side.reseller, e164="+4311801", ported_out=True)
    wanted = [{"e164": one, "subscriber": side.alice.aor} for one in (side.free_number.e164, away.e164, "+43999")]
    assert faults(side, numbers=wanted) == {"/numbers/1": "invalid", "/numbers/2/e164": "does_not_exist"}


def test_extensions_that_would_be_anothers_numbers_are_refused(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    PhoneNumberFactory(reseller=two_resellers.b.reseller, e164="+431100399")
    wanted = [
        {"e164": side.free_number.e164, "extension_digits": 2},
        {"e164": side.alice_number.e164, "extension_digits": 2},
    ]
    assert faults(side, numbers=wanted) == {"/numbers/0": "invalid"}


def test_a_number_for_a_subscriber_that_goes_contradicts_itself(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wrong = faults(
        side,
        subscribers=[{"aor": side.bob.aor, "state": "absent"}],
        numbers=[{"e164": side.free_number.e164, "subscriber": side.bob.aor}],
    )
    assert wrong == {"/numbers/0/subscriber": "contradiction"}
    assert Subscriber.objects.filter(pk=side.bob.pk).exists()


def test_a_complete_list_is_of_the_subscribers_that_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    would = plan(side, prune=["numbers"], subscribers=[{"aor": side.alice.aor}])
    assert list(would) == [("change", "number", side.alice_number.e164)]
