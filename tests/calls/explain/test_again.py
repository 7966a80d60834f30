"""The question that a call which was would be today."""

from calls.explain.again import question_of
from tests.factories.calls import CallFactory, call_between
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers


def test_a_subscribers_call(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    call = call_between(a.alice, a.bob)
    assert question_of(call) == {"caller": "alice@a.example.org", "callee": "sip:bob@a.example.org"}
    call.caller = "sip:anonymous@anonymous.invalid"
    assert question_of(call)["is_anonymous"] == "on"


def test_a_call_in(db: None) -> None:
    call = CallFactory(
        gateway_in=GatewayFactory(name="PSTN"), caller="sip:0720@192.0.2.1", callee="sip:011001@192.0.2.9:5060"
    )
    assert question_of(call) == {"caller": "0720", "gateway": "PSTN", "callee": "011001"}
    call.caller_number = "+43720"
    assert question_of(call)["caller"] == "+43720"


def test_what_cannot_be_asked_again(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    leg = call_between(a.alice, a.bob, parent=a.call)
    assert question_of(leg) == {}
    assert question_of(CallFactory()) == {}
