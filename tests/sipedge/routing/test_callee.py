"""Calls to a subscriber: screening, forwarding on every condition, lists, chains and loops."""

from dataclasses import replace

import pytest

from sipedge.facts import ForwardingFacts, NumberFacts
from sipedge.routing.decision import Refused, ToGateways, ToSubscriber
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.asking import Routing, set_up
from tests.sipedge.routing.network import ALICE, BOB, NORTH, PSTN, SOUTH_ALICE, binding, fill, subscriber

CAROL = subscriber(6, "carol", NORTH, "+4311006")
TO_BOB = "sip:+4311002@north.example"
MOBILE = "+43664123456"


@pytest.fixture
def store():
    store = fill(MemoryStore())
    store.subscribers.put((1, "carol"), CAROL)
    store.numbers.put("+4311006", NumberFacts("+4311006", 6, 1, "carol"))
    for who in (ALICE, BOB, CAROL):
        store.bindings.put(who.id, binding(f"sip:{who.username}@192.0.2.50"))
    return store


@pytest.fixture
def routing(store):
    return Routing(store)


def forwards(store, who, condition, *targets, seconds=20):
    """Have a subscriber forward, beside what it does already."""
    known = store.subscribers.get((who.domain_id, who.username)).settings.forwardings
    return set_up(store, who, forwardings=(*known, ForwardingFacts(condition, targets, seconds)))


def goes_to(decision):
    """Where a decision leads, in short."""
    match decision.outcome:
        case ToSubscriber(callee):
            return callee.username
        case ToGateways():
            return decision.outcome.number
        case Refused(status_code):
            return status_code


# Screening


@pytest.mark.parametrize(
    ("settings", "is_wanted"),
    [
        ({"blocked_callers": ("+431999",)}, False),
        ({"blocked_callers": ("+4319*",)}, False),
        ({"blocked_callers": ("+431998",)}, True),
        ({"blocked_callers": ("+4319*",), "allowed_callers": ("+431999",)}, True),
        ({"only_allowed_callers": True}, False),
        ({"only_allowed_callers": True, "allowed_callers": ("+431*",)}, True),
        ({"blocked_callers": ("+431999@pstn",)}, False),
        ({"allowed_callers": ("+49*",)}, True),
    ],
)
def test_whom_a_subscriber_wants_to_hear(store, routing, settings, is_wanted):
    set_up(store, BOB, **settings)
    outcome = routing.decide(PSTN, TO_BOB).outcome
    assert (
        isinstance(outcome, ToSubscriber)
        if is_wanted
        else (outcome.status_code, outcome.subscriber.id) == (603, BOB.id)
    )


def test_who_allows_certain_callers_alone_still_reaches_itself(store, routing):
    bob = set_up(store, BOB, only_allowed_callers=True)
    assert goes_to(routing.decide(bob, "sip:bob@north.example")) == "bob"
    assert goes_to(routing.decide(ALICE, "sip:bob@north.example")) == 603


@pytest.mark.parametrize("sender", ["sip:alice@north.example", "sip:anonymous@anonymous.invalid", "sip:+4311001@x"])
def test_whoever_is_blocked_by_its_address_stays_so_by_whatever_it_writes_into_from(store, routing, sender):
    set_up(store, BOB, blocked_callers=("alice@north.example",))
    assert goes_to(routing.decide(ALICE, "sip:bob@north.example", from_uri=sender)) == 603
    set_up(store, BOB, only_allowed_callers=True, allowed_callers=("alice@north.example",))
    assert goes_to(routing.decide(ALICE, "sip:bob@north.example", from_uri=sender)) == "bob"


def test_anonymous_calls(store, routing):
    assert goes_to(routing.decide(PSTN, TO_BOB, is_hidden=True)) == "bob"
    set_up(store, BOB, rejects_anonymous=True)
    assert routing.decide(PSTN, TO_BOB, is_hidden=True).outcome.status_code == 433
    assert goes_to(routing.decide(PSTN, TO_BOB)) == "bob"
    hiding = set_up(store, ALICE, hides_number=True)
    assert goes_to(routing.decide(hiding, "sip:bob@north.example")) == 433
    assert goes_to(routing.decide(hiding, "sip:bob@north.example", is_shown=True)) == "bob"


def test_do_not_disturb_is_busy(store, routing):
    set_up(store, BOB, do_not_disturb=True)
    assert goes_to(routing.decide(PSTN, TO_BOB)) == 486
    forwards(store, store.subscribers.get((1, "bob")), "busy", "+4311001")
    assert goes_to(routing.decide(PSTN, TO_BOB)) == "alice"


@pytest.mark.parametrize(("kind", "key"), [("subscriber", 2), ("customer", 20), ("reseller", 1)])
def test_who_has_as_many_calls_as_it_may_is_busy(store, routing, kind, key):
    bob = replace(set_up(store, BOB, max_calls=2), customer_max_calls=2, reseller_max_calls=2)
    store.subscribers.put((1, "bob"), bob)
    routing.calls = {(kind, key): 1}
    assert goes_to(routing.decide(PSTN, TO_BOB)) == "bob"
    routing.calls = {(kind, key): 2}
    assert goes_to(routing.decide(PSTN, TO_BOB)) == 486
    forwards(store, bob, "busy", MOBILE)
    routing.calls = {("subscriber", 2): 2}
    assert goes_to(routing.decide(PSTN, TO_BOB)) == 486  # the forwarded call would be one more of its own


def test_messages_know_no_forwarding(store, routing):
    forwards(store, BOB, "always", "+4311001")
    assert goes_to(routing.decide(ALICE, "sip:bob@north.example", method="MESSAGE")) == "bob"


# Forwarding


@pytest.mark.parametrize("target", [MOBILE, "+4311001", "sip:alice@north.example", "sip:alice@south.example"])
def test_forwarding_always(store, routing, target):
    store.bindings.put(SOUTH_ALICE.id, binding("sip:alice@192.0.2.60"))
    forwards(store, BOB, "always", target)
    decision = routing.decide(PSTN, TO_BOB)
    assert goes_to(decision) == (MOBILE if target == MOBILE else "alice")
    ((by, reason, number),) = decision.outcome.diversions
    assert (by.id, reason, number) == (BOB.id, "always", "+4311002")
    assert decision.callee_number == "+4311002"
    assert decision.rings_for is None


def test_forwarding_of_who_is_not_registered(store, routing):
    store.bindings.put(BOB.id)
    assert goes_to(routing.decide(PSTN, TO_BOB)) == 480
    forwards(store, BOB, "not_registered", MOBILE)
    assert goes_to(routing.decide(PSTN, TO_BOB)) == MOBILE


@pytest.mark.parametrize(
    ("condition", "failure", "follows"),
    [
        ("busy", {"status_code": 486}, True),
        ("busy", {"status_code": 600}, True),
        ("busy", {"status_code": 480}, False),
        ("busy", {"status_code": 408, "is_timed_out": True}, False),
        ("no_answer", {"status_code": 408, "is_timed_out": True}, True),
        ("no_answer", {"status_code": 480, "has_rung": True}, True),
        ("no_answer", {"status_code": 480}, False),
        ("no_answer", {"status_code": 486, "has_rung": True}, False),
        ("no_answer", {"status_code": 603, "has_rung": True}, False),
        ("not_registered", {"status_code": 408}, True),
        ("not_registered", {"status_code": 503}, True),
        ("not_registered", {"status_code": 404}, False),
    ],
)
def test_what_follows_when_the_phones_have_failed(store, routing, condition, failure, follows):
    forwards(store, BOB, condition, MOBILE, seconds=15)
    asked, decision = routing.ask(PSTN, TO_BOB)
    assert goes_to(decision) == "bob"
    assert decision.rings_for == (15 if condition == "no_answer" else None)
    after = routing.after(asked, decision, **failure)
    assert (after is not None) is follows
    if after is not None:
        assert goes_to(after) == MOBILE
        assert (after.caller_number, after.callee_number) == ("+431999", "+4311002")


def test_one_condition_alone_is_followed(store, routing):
    forwards(store, BOB, "busy", "+4311001")
    forwards(store, BOB, "no_answer", MOBILE)
    asked, decision = routing.ask(PSTN, TO_BOB)
    after = routing.after(asked, decision, 486)
    assert goes_to(after) == "alice"
    assert routing.after(asked, after, 408, is_timed_out=True) is None


def test_a_list_is_tried_in_its_order(store, routing):
    forwards(store, BOB, "always", "+4311001", "+4311006", MOBILE, seconds=12)
    asked, decision = routing.ask(PSTN, TO_BOB)
    seen = []
    while decision is not None:
        seen.append((goes_to(decision), decision.rings_for))
        decision = routing.after(asked, decision, 486)
    assert seen == [("alice", 12), ("carol", 12), (MOBILE, None)]


def test_targets_that_go_nowhere_are_left_out(store, routing):
    set_up(store, BOB, international=False)
    bob = store.subscribers.get((1, "bob"))
    forwards(
        store, bob, "always", "+4930123456", "sip:nobody@north.example", "sip:x@elsewhere.example", "+4311003", MOBILE
    )
    decision = routing.decide(PSTN, TO_BOB)
    assert goes_to(decision) == MOBILE
    told = " / ".join(step.text for step in decision.steps)
    for reason in ("International calls are not enabled", "Not Found", "Not a domain of ours", "Number not assigned"):
        assert reason in told


def test_the_forwarded_call_is_its_subscribers_own(store, routing):
    """Who may not call abroad does not by forwarding either, whoever calls it."""
    bob = set_up(store, BOB, international=False)
    forwards(store, bob, "always", "+4930123456")
    assert routing.decide(ALICE, TO_BOB).outcome == Refused(403, "International calls are not enabled")
    forwards(store, set_up(store, bob, international=True, forwardings=()), "always", "+4930123456")
    alice = set_up(store, ALICE, international=False)
    decision = routing.decide(alice, TO_BOB)
    assert goes_to(decision) == "+4930123456"
    assert decision.outcome.payer.id == BOB.id


def test_a_chain(store, routing):
    forwards(store, BOB, "always", "+4311001")
    forwards(store, ALICE, "no_answer", "+4311006", seconds=7)
    asked, decision = routing.ask(PSTN, TO_BOB)
    assert (goes_to(decision), decision.rings_for) == ("alice", 7)
    after = routing.after(asked, decision, 408, is_timed_out=True)
    assert goes_to(after) == "carol"
    assert [(one.subscriber.username, one.reason) for one in after.outcome.diversions] == [
        ("bob", "always"), ("alice", "no_answer"),
    ]  # fmt: skip


def test_of_a_list_in_a_chain_the_rest_is_tried_at_last(store, routing):
    forwards(store, BOB, "always", "+4311001", MOBILE, seconds=30)
    forwards(store, ALICE, "busy", "+4311006")
    asked, decision = routing.ask(PSTN, TO_BOB)
    seen = []
    while decision is not None:
        seen.append((goes_to(decision), decision.rings_for))
        decision = routing.after(asked, decision, 486)
    assert seen == [("alice", 30), ("carol", None), (MOBILE, None)]


@pytest.mark.parametrize("condition", ["always", "busy", "not_registered"])
def test_a_loop_ends(store, routing, condition):
    for one, other in ((BOB, "+4311001"), (ALICE, "sip:bob@north.example")):
        forwards(store, one, condition, other)
        if condition == "not_registered":
            store.bindings.put(one.id)
        set_up(store, store.subscribers.get((1, one.username)), do_not_disturb=condition == "busy")
    decision = routing.decide(PSTN, TO_BOB)
    assert decision.outcome == Refused(482, "Loop Detected", decision.outcome.subscriber)


def test_who_forwards_to_itself_loops(store, routing):
    forwards(store, BOB, "always", "+4311002")
    assert goes_to(routing.decide(PSTN, TO_BOB)) == 482


def test_a_call_is_forwarded_so_often_and_no_oftener(store, routing):
    forwards(store, BOB, "always", "+4311001")
    assert goes_to(routing.decide(PSTN, TO_BOB, diverted=4)) == "alice"
    assert goes_to(routing.decide(PSTN, TO_BOB, diverted=5)) == 482


def test_what_is_forwarded_out_is_bounded_too(store, routing):
    forwards(store, BOB, "always", MOBILE)
    assert goes_to(routing.decide(PSTN, TO_BOB, diverted=4)) == MOBILE
    assert goes_to(routing.decide(PSTN, TO_BOB, diverted=5)) == 482


# Beside the phones


def test_numbers_rung_together_with_the_phones(store, routing):
    forwards(store, BOB, "parallel", MOBILE, "+4311006", "+4930123456")
    set_up(store, store.subscribers.get((1, "bob")), international=False)
    decision = routing.decide(PSTN, TO_BOB)
    assert goes_to(decision) == "bob"
    mobile, carol = decision.outcome.beside
    assert (mobile.attempts[0].number, mobile.payer.id) == (MOBILE, BOB.id)
    assert carol.subscriber.id == CAROL.id
    assert [one.reason for one in carol.diversions] == ["parallel"]
    assert decision.then == ()


def test_where_no_phone_is_registered_the_numbers_ring_alone(store, routing):
    store.bindings.put(BOB.id)
    forwards(store, BOB, "parallel", MOBILE)
    decision = routing.decide(PSTN, TO_BOB)
    assert decision.outcome.bindings == ()
    assert len(decision.outcome.beside) == 1
    forwards(store, set_up(store, BOB, forwardings=()), "parallel", "sip:nobody@north.example")
    assert goes_to(routing.decide(PSTN, TO_BOB)) == 480


# Extensions


def test_any_extension_goes_to_the_subscriber_of_the_base_number(store, routing):
    store.numbers.put("+43110021234", NumberFacts("+4311002", 2, 1, "bob", extension="1234"))
    decision = routing.decide(PSTN, "sip:+43110021234@north.example")
    assert goes_to(decision) == "bob"
    assert decision.callee_number == "+43110021234"
    assert ("P-Called-Party-ID", "<sip:+43110021234@north.example>") in decision.outcome.sent.headers
