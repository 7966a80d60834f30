"""The non-INVITE client transaction: RFC 3261 Figure 6."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import serialise
from sipedge.transaction.effects import (
    Effect,
    ResponseReceived,
    Send,
    Terminated,
    TransactionFailed,
    TransactionTimeout,
)
from sipedge.transaction.layer import TransactionLayer
from sipedge.transaction.non_invite_client import NonInviteClientTransaction
from sipedge.transaction.states import State
from sipedge.transaction.timers import LINGER_SLACK
from tests.sipedge.transaction.messages import TCP, UDP, answer, make_request, run_until

BYE = make_request("BYE")
DATA = serialise(BYE)


def begin(flow: Flow = UDP) -> tuple[TransactionLayer, NonInviteClientTransaction]:
    layer = TransactionLayer()
    transaction, effects = layer.open_client(BYE, flow, 0.0)
    assert isinstance(transaction, NonInviteClientTransaction)
    assert effects == [Send(DATA, flow)]
    assert transaction.state is State.TRYING
    transaction.user = "owner"
    return layer, transaction


def receive(layer: TransactionLayer, status_code: int, now: float = 1.0) -> list[Effect] | None:
    return layer.match_response(answer(BYE, status_code), UDP, now)


def received(transaction: NonInviteClientTransaction, status_code: int) -> ResponseReceived:
    return ResponseReceived(transaction, answer(BYE, status_code))


def test_timer_e_doubles_up_to_t2_until_timer_f_gives_up() -> None:
    layer, transaction = begin()
    happened = run_until(layer, 100.0)
    sent = [now for now, effect in happened if isinstance(effect, Send)]
    assert sent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert all(effect == Send(DATA, UDP) for _, effect in happened[:-2])
    assert happened[-2:] == [(32.0, TransactionTimeout(transaction)), (32.0, Terminated(transaction))]
    assert len(layer) == 0


def test_nothing_is_sent_again_on_a_reliable_transport() -> None:
    layer, transaction = begin(TCP)
    assert run_until(layer, 100.0) == [(32.0, TransactionTimeout(transaction)), (32.0, Terminated(transaction))]


def test_after_a_provisional_response_it_is_sent_every_t2() -> None:
    layer, transaction = begin()
    assert receive(layer, 100, 0.2) == [received(transaction, 100)]
    assert transaction.state is State.PROCEEDING
    assert receive(layer, 183, 0.3) == [received(transaction, 183)]
    happened = run_until(layer, 100.0)
    sent = [now for now, effect in happened if isinstance(effect, Send)]
    assert sent == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert happened[-2][1] == TransactionTimeout(transaction)


@pytest.mark.parametrize("first", [None, 100])
@pytest.mark.parametrize("status_code", [200, 302, 404, 503, 600])
def test_a_final_response_is_passed_up_once_and_others_are_absorbed(first: int | None, status_code: int) -> None:
    layer, transaction = begin()
    if first:
        receive(layer, first)
    assert receive(layer, status_code) == [received(transaction, status_code)]
    assert transaction.state is State.COMPLETED
    assert layer.next_timer() == 6.0 + LINGER_SLACK, "a cancelled timer would keep the transaction alive"
    assert receive(layer, status_code, 3.0) == []
    assert receive(layer, 100, 3.0) == []
    assert run_until(layer, 5.9) == []
    assert [effect for _, effect in run_until(layer, 7.0)] == [Terminated(transaction)]
    assert receive(layer, status_code, 7.0) is None


def test_on_a_reliable_transport_a_final_response_ends_it() -> None:
    layer, transaction = begin(TCP)
    assert receive(layer, 200) == [received(transaction, 200), Terminated(transaction)]
    assert len(layer) == 0


@pytest.mark.parametrize("status_code", [None, 100])
def test_a_transport_failure_ends_it(status_code: int | None) -> None:
    layer, transaction = begin()
    if status_code:
        receive(layer, status_code)
    assert layer.flow_failed(UDP, "no route", 1.0) == [
        TransactionFailed(transaction, "no route"),
        Terminated(transaction),
    ]
    assert run_until(layer, 100.0) == []


def test_a_transport_failure_after_the_final_response_is_of_no_interest() -> None:
    layer, transaction = begin()
    receive(layer, 200)
    assert layer.flow_failed(UDP, "no route", 1.0) == []
    assert transaction.state is State.COMPLETED


@pytest.mark.parametrize("status_code", [None, 100, 200])
def test_it_can_be_abandoned_in_every_state(status_code: int | None) -> None:
    layer, transaction = begin()
    if status_code:
        receive(layer, status_code)
    assert layer.abandon(transaction) == [Terminated(transaction)]
    assert run_until(layer, 100.0) == []
