"""The INVITE client transaction: RFC 3261 Figure 5 as RFC 6026 §7.2 draws it."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, parse, serialise
from sipedge.transaction.effects import (
    Effect,
    ResponseReceived,
    Send,
    Terminated,
    TransactionFailed,
    TransactionTimeout,
)
from sipedge.transaction.invite_client import InviteClientTransaction
from sipedge.transaction.layer import TransactionLayer
from sipedge.transaction.states import State
from tests.sipedge.transaction.messages import TCP, UDP, answer, make_request, run_until

INVITE = make_request("INVITE")
DATA = serialise(INVITE)


def begin(flow: Flow = UDP) -> tuple[TransactionLayer, InviteClientTransaction]:
    layer = TransactionLayer()
    transaction, effects = layer.open_client(INVITE, flow, 0.0)
    assert isinstance(transaction, InviteClientTransaction)
    assert effects == [Send(DATA, flow)]
    assert transaction.state is State.CALLING
    transaction.user = "owner"
    return layer, transaction


def receive(layer: TransactionLayer, status_code: int, now: float = 1.0) -> list[Effect] | None:
    return layer.match_response(answer(INVITE, status_code), UDP, now)


def received(transaction: InviteClientTransaction, status_code: int) -> ResponseReceived:
    return ResponseReceived(transaction, answer(INVITE, status_code))


def ack_in(effects: list[Effect] | None) -> Request:
    assert effects
    assert isinstance(effects[0], Send)
    ack = parse(effects[0].data)
    assert isinstance(ack, Request)
    assert ack.method == "ACK"
    return ack


def test_timer_a_doubles_without_a_bound_until_timer_b_gives_up() -> None:
    layer, transaction = begin()
    happened = run_until(layer, 100.0)
    sent = [now for now, effect in happened if isinstance(effect, Send)]
    assert sent == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert all(effect == Send(DATA, UDP) for _, effect in happened[:-2])
    assert happened[-2:] == [(32.0, TransactionTimeout(transaction)), (32.0, Terminated(transaction))]
    assert transaction.state is State.TERMINATED
    assert len(layer) == 0


def test_nothing_is_sent_again_on_a_reliable_transport() -> None:
    layer, transaction = begin(TCP)
    assert run_until(layer, 100.0) == [(32.0, TransactionTimeout(transaction)), (32.0, Terminated(transaction))]


def test_a_provisional_response_ends_retransmissions_and_patience_has_no_bound() -> None:
    layer, transaction = begin()
    assert receive(layer, 100) == [received(transaction, 100)]
    assert transaction.state is State.PROCEEDING
    assert layer.next_timer() is None, "a cancelled timer would keep the transaction alive"
    assert receive(layer, 180) == [received(transaction, 180)]
    assert run_until(layer, 1_000.0) == []
    assert len(layer) == 1


@pytest.mark.parametrize("first", [None, 180])
def test_each_2xx_is_passed_up_until_timer_m(first: int | None) -> None:
    layer, transaction = begin()
    if first:
        receive(layer, first)
    assert receive(layer, 200) == [received(transaction, 200)]
    assert transaction.state is State.ACCEPTED
    assert receive(layer, 200, 20.0) == [received(transaction, 200)]
    assert receive(layer, 180, 20.0) == []
    assert receive(layer, 300, 20.0) == []
    assert run_until(layer, 32.9) == []
    assert [effect for _, effect in run_until(layer, 34.0)] == [Terminated(transaction)]
    assert receive(layer, 200, 34.0) is None


@pytest.mark.parametrize("first", [None, 180])
@pytest.mark.parametrize("status_code", [300, 486, 500, 603])
def test_a_failure_is_acknowledged_and_passed_up_once(first: int | None, status_code: int) -> None:
    layer, transaction = begin()
    if first:
        receive(layer, first)
    effects = receive(layer, status_code)
    ack_in(effects)
    assert effects
    assert effects[1:] == [received(transaction, status_code)]
    assert transaction.state is State.COMPLETED
    assert receive(layer, status_code, 5.0) == effects[:1]
    assert receive(layer, 200, 5.0) == []
    assert receive(layer, 180, 5.0) == []
    assert run_until(layer, 32.9) == []
    assert [effect for _, effect in run_until(layer, 34.0)] == [Terminated(transaction)]


def test_the_ack_follows_17_1_1_3() -> None:
    invite = INVITE.copy()
    invite.append("Route", "<sip:proxy.example.org;lr>")
    invite.prepend("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK-ours")
    layer = TransactionLayer()
    layer.open_client(invite, UDP, 0.0)
    ack = ack_in(layer.match_response(answer(invite, 486), UDP, 1.0))
    assert ack.request_uri == invite.request_uri
    assert [str(via) for via in ack.vias] == ["SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK-ours"]
    assert (ack.get("From"), ack.call_id) == (invite.get("From"), invite.call_id)
    assert ack.to_tag == "b"
    assert str(ack.cseq) == "1 ACK"
    assert ack.get_all("Route") == ["<sip:proxy.example.org;lr>"]


def test_on_a_reliable_transport_a_failure_ends_it_at_once() -> None:
    layer, transaction = begin(TCP)
    effects = receive(layer, 486)
    ack_in(effects)
    assert effects
    assert effects[1:] == [received(transaction, 486), Terminated(transaction)]
    assert len(layer) == 0


def test_on_a_reliable_transport_a_2xx_keeps_it_for_further_ones() -> None:
    layer, transaction = begin(TCP)
    receive(layer, 200)
    assert receive(layer, 200, 30.0) == [received(transaction, 200)]


def test_a_transport_failure_while_calling_ends_it() -> None:
    layer, transaction = begin()
    assert layer.flow_failed(UDP, "no route", 1.0) == [
        TransactionFailed(transaction, "no route"),
        Terminated(transaction),
    ]
    assert run_until(layer, 100.0) == []


def test_a_transport_failure_while_acknowledging_ends_it() -> None:
    layer, transaction = begin()
    receive(layer, 486)
    assert layer.flow_failed(UDP, "no route", 1.0) == [
        TransactionFailed(transaction, "no route"),
        Terminated(transaction),
    ]
    assert run_until(layer, 100.0) == []


@pytest.mark.parametrize("status_code", [180, 200])
def test_a_transport_failure_when_nothing_is_being_sent_changes_nothing(status_code: int) -> None:
    layer, transaction = begin()
    receive(layer, status_code)
    state = transaction.state
    assert layer.flow_failed(UDP, "no route", 1.0) == []
    assert transaction.state is state


@pytest.mark.parametrize("status_code", [None, 180, 200, 486])
def test_it_can_be_abandoned_in_every_state(status_code: int | None) -> None:
    layer, transaction = begin()
    if status_code:
        receive(layer, status_code)
    assert layer.abandon(transaction) == [Terminated(transaction)]
    assert layer.abandon(transaction) == []
    assert receive(layer, 200) is None
    assert run_until(layer, 100.0) == []


@pytest.mark.parametrize(("status_code", "ends"), [(180, True), (200, False)])
def test_what_rings_over_a_connection_of_its_own_ends_with_it(status_code: int, ends: bool) -> None:
    flow = TCP._replace(connection=7)
    layer, transaction = begin(flow)
    receive(layer, status_code)
    failed = [TransactionFailed(transaction, "closed by the peer"), Terminated(transaction)]
    assert layer.flow_failed(flow, "closed by the peer", 1.0) == (failed if ends else [])


def test_a_failure_for_which_no_ack_can_be_made_is_dropped() -> None:
    invite = INVITE.copy()
    invite.remove("Call-ID")
    layer = TransactionLayer()
    transaction, _ = layer.open_client(invite, UDP, 0.0)
    assert receive(layer, 486) is None
    assert transaction.state is State.CALLING
    assert receive(layer, 200) == [ResponseReceived(transaction, answer(INVITE, 200))]
