"""The INVITE server transaction: RFC 3261 Figure 7 as RFC 6026 §7.1 draws it."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import serialise
from sipedge.transaction.effects import Effect, Send, Terminated, TransactionFailed, TransactionTimeout
from sipedge.transaction.invite_server import InviteServerTransaction
from sipedge.transaction.layer import TransactionLayer
from sipedge.transaction.states import State
from sipedge.transaction.timers import LINGER_SLACK
from tests.sipedge.transaction.messages import TCP, UDP, answer, make_request, run_until

INVITE = make_request("INVITE")
ACK = make_request("ACK")


def begin(flow: Flow = UDP) -> tuple[TransactionLayer, InviteServerTransaction]:
    layer = TransactionLayer()
    assert layer.match_request(INVITE, flow, 0.0) is None
    transaction = layer.open_server(INVITE, flow, 0.0)
    assert isinstance(transaction, InviteServerTransaction)
    assert transaction.state is State.PROCEEDING
    assert transaction.request is INVITE
    transaction.user = "owner"
    return layer, transaction


def sent(status_code: int, flow: Flow = UDP) -> Send:
    return Send(serialise(answer(INVITE, status_code)), flow)


def respond(
    layer: TransactionLayer, transaction: InviteServerTransaction, status_code: int, now: float = 1.0
) -> list[Effect]:
    return layer.respond(transaction, answer(INVITE, status_code), now)


def again(layer: TransactionLayer, now: float = 2.0) -> list[Effect] | None:
    return layer.match_request(make_request("INVITE"), UDP, now)


def test_nothing_goes_out_by_itself() -> None:
    layer, _ = begin()
    assert again(layer) == []
    assert run_until(layer, 1_000.0) == []
    assert len(layer) == 1


def test_a_retransmission_gets_the_last_provisional_response() -> None:
    layer, transaction = begin()
    assert respond(layer, transaction, 100) == [sent(100)]
    assert again(layer) == [sent(100)]
    assert respond(layer, transaction, 180) == [sent(180)]
    assert again(layer) == [sent(180)]
    assert transaction.state is State.PROCEEDING


def test_each_2xx_is_sent_and_retransmissions_are_absorbed_until_timer_l() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 180)
    assert respond(layer, transaction, 200) == [sent(200)]
    assert transaction.state is State.ACCEPTED
    assert again(layer) == []
    assert respond(layer, transaction, 200, 2.0) == [sent(200)]
    assert respond(layer, transaction, 180, 2.0) == []
    assert respond(layer, transaction, 300, 2.0) == []
    assert run_until(layer, 32.9) == []
    assert [effect for _, effect in run_until(layer, 34.0)] == [Terminated(transaction)]
    assert respond(layer, transaction, 200, 35.0) == []
    assert again(layer, 35.0) is None


def test_the_ack_of_a_2xx_is_the_users() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 200)
    assert layer.match_request(ACK, UDP, 2.0) is None
    assert transaction.state is State.ACCEPTED


@pytest.mark.parametrize("status_code", [300, 486])
def test_a_failure_is_sent_again_by_timer_g_until_timer_h_gives_up(status_code: int) -> None:
    layer, transaction = begin()
    assert respond(layer, transaction, status_code, 0.0) == [sent(status_code)]
    assert transaction.state is State.COMPLETED
    happened = run_until(layer, 100.0)
    times = [now for now, effect in happened if effect == sent(status_code)]
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert happened[len(times) :] == [(32.0, TransactionTimeout(transaction)), (32.0, Terminated(transaction))]


def test_on_a_reliable_transport_a_failure_waits_for_its_ack_in_silence() -> None:
    layer, transaction = begin(TCP)
    assert respond(layer, transaction, 486, 0.0) == [sent(486, TCP)]
    assert run_until(layer, 100.0) == [(32.0, TransactionTimeout(transaction)), (32.0, Terminated(transaction))]


def test_a_retransmission_after_a_failure_gets_it_again_and_other_responses_are_dropped() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 486)
    assert again(layer) == [sent(486)]
    assert respond(layer, transaction, 200) == []
    assert respond(layer, transaction, 487) == []
    assert respond(layer, transaction, 180) == []


def test_the_ack_of_a_failure_is_absorbed_until_timer_i() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 486)
    assert layer.match_request(ACK, UDP, 2.0) == []
    assert transaction.state is State.CONFIRMED
    assert layer.next_timer() == 7.0 + LINGER_SLACK, "a cancelled timer would keep the transaction alive"
    assert layer.match_request(ACK, UDP, 3.0) == []
    assert again(layer, 3.0) == []
    assert respond(layer, transaction, 486, 3.0) == []
    assert run_until(layer, 6.9) == []
    assert [effect for _, effect in run_until(layer, 8.0)] == [Terminated(transaction)]


def test_on_a_reliable_transport_the_ack_of_a_failure_ends_it() -> None:
    layer, transaction = begin(TCP)
    respond(layer, transaction, 486)
    assert layer.match_request(ACK, TCP, 2.0) == [Terminated(transaction)]
    assert len(layer) == 0


def test_an_ack_before_any_final_response_is_absorbed() -> None:
    layer, transaction = begin()
    assert layer.match_request(ACK, UDP, 2.0) == []
    assert transaction.state is State.PROCEEDING


@pytest.mark.parametrize("status_code", [None, 180, 200, 486])
def test_a_transport_failure_is_told_and_changes_nothing(status_code: int | None) -> None:
    layer, transaction = begin()
    if status_code:
        respond(layer, transaction, status_code)
    state = transaction.state
    assert layer.flow_failed(UDP, "no route", 1.0) == [TransactionFailed(transaction, "no route")]
    assert transaction.state is state
    assert len(layer) == 1


@pytest.mark.parametrize("status_code", [None, 180, 200, 486])
def test_it_can_be_abandoned_in_every_state(status_code: int | None) -> None:
    layer, transaction = begin()
    if status_code:
        respond(layer, transaction, status_code)
    assert layer.abandon(transaction) == [Terminated(transaction)]
    assert run_until(layer, 100.0) == []
    assert again(layer, 100.0) is None
