import pytest

from sipedge.routing.decide import CallQuery, decide
from sipedge.routing.decision import Refused, ToGateways, ToSubscriber
from sipedge.routing.needs import NumberNeed, SubscriberNeed
from sipedge.routing.network import EdgeNetwork
from sipedge.sip.uri import parse_uri
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.network import ALICE, ASLEEP, BOB, PSTN, SOUTH_ALICE, SPARE, binding, fill


@pytest.fixture
def store():
    store = fill(MemoryStore())
    store.bindings.put(BOB.id, binding("sip:bob@192.0.2.50"))
    store.bindings.put(SOUTH_ALICE.id, binding("sip:alice@192.0.2.60"))
    return store


@pytest.fixture
def route(store):
    network = EdgeNetwork(store.domains, store.gateways, {("192.0.2.1", 5060)})

    def ask(caller, request_uri, *, method="INVITE", from_uri="sip:+431999@pstn"):
        thoughts = decide(CallQuery(method, parse_uri(request_uri), parse_uri(from_uri), caller), network)
        answer = None
        while True:
            try:
                need = thoughts.send(answer)
            except StopIteration as end:
                return end.value
            if isinstance(need, SubscriberNeed):
                answer = store.subscribers.get(need)
            elif isinstance(need, NumberNeed):
                answer = store.numbers.get(need.e164)
            else:
                answer = store.bindings.get(need.subscriber_id)

    return ask


@pytest.mark.parametrize("user", ["+4311002", "004311002", "011002", "4311002", "+43-1-1002", "+43 (1) 1002"])
def test_a_call_in_by_number(route, user):
    decision = route(PSTN, f"sip:{user.replace(' ', '%20')}@north.example")
    assert isinstance(decision.outcome, ToSubscriber)
    assert decision.outcome.subscriber is BOB
    assert (decision.caller_number, decision.callee_number) == ("+431999", "+4311002")


@pytest.mark.parametrize(
    ("request_uri", "status_code"),
    [
        ("sip:+4311003@north.example", 404),  # ours, nobody has it
        ("sip:+4311999@north.example", 404),  # not ours, and it does not leave by a gateway
        ("sip:+4915112345678@north.example", 404),
        ("sip:+4311001@north.example", 480),  # alice has no phone registered
        ("sip:nobody@north.example", 404),
        ("sip:+4311002@elsewhere.example", 404),
        ("sip:north.example", 404),
    ],
)
def test_a_call_in_that_goes_nowhere(route, request_uri, status_code):
    outcome = route(PSTN, request_uri).outcome
    assert isinstance(outcome, Refused)
    assert outcome.status_code == status_code


def test_a_call_in_by_name(route):
    assert route(PSTN, "sip:bob@north.example").outcome.subscriber is BOB


def test_no_name_takes_a_number_away(route, store):
    thief = SOUTH_ALICE.__class__(9, "4311002", 1, 1, 90, "", True, None, None, ())
    store.subscribers.put((1, "4311002"), thief)
    assert route(PSTN, "sip:4311002@north.example").outcome.subscriber is BOB


@pytest.mark.parametrize(
    "request_uri",
    [
        "sip:bob@north.example",
        "sip:BOB@north.example",
        "sip:%62ob@north.example",
        "sip:bob@192.0.2.1",
        "sip:bob@192.0.2.1:5060",
        "sip:+4311002@north.example",
        "sip:011002@south.example",  # dialled as the caller's domain dials
        "sip:011002@north.example;user=phone",
        "tel:+4311002",
        "tel:+43-1-1002;ext=1",
    ],
)
def test_a_call_between_subscribers(route, request_uri):
    decision = route(ALICE, request_uri)
    assert isinstance(decision.outcome, ToSubscriber), decision.steps
    assert decision.outcome.subscriber is BOB
    assert decision.callee_number == "+4311002"


def test_to_a_subscriber_of_another_reseller(route):
    assert route(ALICE, "sip:alice@south.example").outcome.subscriber is SOUTH_ALICE
    assert route(ALICE, "sip:+4321001@north.example").outcome.subscriber is SOUTH_ALICE


@pytest.mark.parametrize(
    ("caller", "request_uri", "status_code"),
    [
        (ALICE, "sip:nobody@north.example", 404),
        (ALICE, "sip:asleep@north.example", 480),
        (ALICE, "sip:alice@north.example", 480),
        (ALICE, "sip:+4311003@north.example", 404),
        (ALICE, "sip:someone@elsewhere.example", 403),
        (ALICE, "sip:bob@north.example:5999", 403),
        (ALICE, "mailto:bob@north.example", 403),
        (SOUTH_ALICE, "sip:011002@south.example", 404),  # its domain has no number format: nothing is guessed
    ],
)
def test_calls_that_go_nowhere(route, caller, request_uri, status_code):
    outcome = route(caller, request_uri).outcome
    assert isinstance(outcome, Refused)
    assert outcome.status_code == status_code


def test_suspended_callee_is_known_to_the_record(route):
    assert route(ALICE, "sip:asleep@north.example").outcome.subscriber is ASLEEP


def test_a_call_out_goes_by_the_longest_prefix_then_by_priority(route):
    out = route(ALICE, "sip:01999999@north.example").outcome
    assert isinstance(out, ToGateways)
    assert [(a.gateway, a.number) for a in out.attempts] == [(PSTN, "+431999999"), (SPARE, "01999999")]
    out = route(ALICE, "sip:004930123456@north.example").outcome
    assert [(a.gateway, a.number) for a in out.attempts] == [(SPARE, "004930123456"), (PSTN, "+4930123456")]


def test_only_calls_leave(route):
    assert route(ALICE, "sip:01999999@north.example", method="MESSAGE").outcome.status_code == 404


def test_a_gateway_that_is_switched_off_is_not_tried(route, store):
    from dataclasses import replace

    store.gateways.put(replace(PSTN, is_active=False))
    out = route(ALICE, "sip:01999999@north.example").outcome
    assert [a.gateway for a in out.attempts] == [SPARE]


def test_no_route(route, store):
    from dataclasses import replace

    store.gateways.put(replace(PSTN, is_active=False))
    store.gateways.put(replace(SPARE, is_active=False))
    assert route(ALICE, "sip:01999999@north.example").outcome == Refused(404, "No route to this number")


def test_the_steps_say_why(route):
    steps = route(PSTN, "sip:011002@north.example").steps
    assert [step.rule for step in steps] == ["caller", "number", "number", "bindings"]
    assert "+4311002" in steps[1].text
    assert "bob" in steps[2].text


@pytest.mark.parametrize(
    "uri", ["sip:+4311002;phone-context=x@north.example;user=phone", "sip:+4311002;isub=1@north.example"]
)
def test_parameters_of_a_telephone_number_in_a_user_part_are_not_dialled(route, uri):
    assert route(ALICE, uri).outcome.subscriber == BOB


def test_parameters_in_a_name_are_part_of_the_name(route):
    """RFC 4475 §3.1.1.9."""
    assert route(PSTN, "sip:bob;par=u%40example.net@north.example").outcome == Refused(404, "Not Found")
