"""The non-INVITE server transaction: RFC 3261 Figure 8."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import serialise
from sipedge.transaction.effects import Effect, Send, Terminated, TransactionFailed
from sipedge.transaction.layer import TransactionLayer
from sipedge.transaction.non_invite_server import NonInviteServerTransaction
from sipedge.transaction.states import State
from tests.sipedge.transaction.messages import TCP, UDP, answer, make_request, run_until

REGISTER = make_request("REGISTER")


def begin(flow: Flow = UDP) -> tuple[TransactionLayer, NonInviteServerTransaction]:
    layer = TransactionLayer()
    assert layer.match_request(REGISTER, flow, 0.0) is None
    transaction = layer.open_server(REGISTER, flow, 0.0)
    assert isinstance(transaction, NonInviteServerTransaction)
    assert transaction.state is State.TRYING
    assert transaction.request is REGISTER
    transaction.user = "owner"
    return layer, transaction


def sent(status_code: int, flow: Flow = UDP) -> Send:
    return Send(serialise(answer(REGISTER, status_code)), flow)


def respond(layer: TransactionLayer, transaction: NonInviteServerTransaction, status_code: int) -> list[Effect]:
    return layer.respond(transaction, answer(REGISTER, status_code), 1.0)


def again(layer: TransactionLayer, flow: Flow = UDP) -> list[Effect] | None:
    return layer.match_request(make_request("REGISTER"), flow, 2.0)


def test_a_retransmission_is_absorbed_while_the_user_is_at_work() -> None:
    layer, _ = begin()
    assert again(layer) == []
    assert run_until(layer, 1_000.0) == []


def test_a_retransmission_gets_the_last_provisional_response() -> None:
    layer, transaction = begin()
    assert respond(layer, transaction, 100) == [sent(100)]
    assert transaction.state is State.PROCEEDING
    assert respond(layer, transaction, 183) == [sent(183)]
    assert again(layer) == [sent(183)]


@pytest.mark.parametrize("first", [None, 100])
@pytest.mark.parametrize("status_code", [200, 302, 401, 503, 600])
def test_a_retransmission_gets_the_final_response_until_timer_j(first: int | None, status_code: int) -> None:
    layer, transaction = begin()
    if first:
        respond(layer, transaction, first)
    assert respond(layer, transaction, status_code) == [sent(status_code)]
    assert transaction.state is State.COMPLETED
    assert again(layer) == [sent(status_code)]
    assert respond(layer, transaction, 500) == []
    assert respond(layer, transaction, 100) == []
    assert again(layer) == [sent(status_code)]
    run_until(layer, 32.9)
    assert len(layer) == 1
    run_until(layer, 34.0)
    assert len(layer) == 0
    assert again(layer) is None


def test_it_forgets_what_it_needs_no_more_with_the_final_response() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 200)
    assert transaction.request is None
    assert transaction.user is None
    assert run_until(layer, 100.0) == []


def test_the_answer_to_a_retransmission_goes_where_the_first_one_went() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 200)
    assert again(layer, UDP._replace(port=4711)) == [sent(200)]


def test_on_a_reliable_transport_the_final_response_ends_it() -> None:
    layer, transaction = begin(TCP)
    assert respond(layer, transaction, 200) == [sent(200, TCP)]
    assert transaction.state is State.TERMINATED
    assert len(layer) == 0
    assert layer.flow_failed(TCP, "closed", 2.0) == []


@pytest.mark.parametrize("status_code", [None, 100])
def test_a_sender_who_cannot_be_reached_any_more_is_told_to_a_user_at_work(status_code: int | None) -> None:
    layer, transaction = begin(TCP)
    if status_code:
        respond(layer, transaction, status_code)
    assert layer.flow_failed(TCP, "closed", 1.0) == []
    there = TCP._replace(connection=0)  # a new connection; see test_reply.py
    assert layer.flow_failed(there, "refused", 1.0) == [TransactionFailed(transaction, "refused")]
    assert len(layer) == 1


def test_a_datagram_that_was_not_sent_is_repaired_by_the_next_retransmission() -> None:
    layer, transaction = begin()
    respond(layer, transaction, 200)
    assert layer.flow_failed(UDP, "no route", 1.0) == []
    assert again(layer) == [sent(200)]


@pytest.mark.parametrize("flow", [UDP, TCP])
def test_it_can_be_abandoned(flow: Flow) -> None:
    layer, transaction = begin(flow)
    assert layer.abandon(transaction) == [Terminated(transaction)]
    assert again(layer, flow) is None
    assert respond(layer, transaction, 200) == []
