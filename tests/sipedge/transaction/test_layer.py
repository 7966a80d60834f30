"""The layer as a whole: what belongs to which transaction, bounds, and what is forgotten when."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, make_cancel, serialise
from sipedge.transaction.effects import Send, Terminated, TransactionFailed, TransactionTimeout
from sipedge.transaction.layer import MAX_DATAGRAM, TransactionLayer
from sipedge.transaction.states import State
from sipedge.transaction.timers import TimerValues
from tests.sipedge.transaction.messages import TCP, UDP, answer, make_request, run_until

OTHER = Flow("udp", "192.0.2.99", 5060)


def test_requests_of_other_branches_hosts_and_methods_are_new() -> None:
    layer = TransactionLayer()
    layer.open_server(make_request("REGISTER"), UDP, 0.0)
    assert layer.match_request(make_request("REGISTER"), UDP, 0.1) == []
    assert layer.match_request(make_request("REGISTER", "z9hG4bK-2"), UDP, 0.1) is None
    assert layer.match_request(make_request("REGISTER"), OTHER, 0.1) is None
    assert layer.match_request(make_request("OPTIONS"), UDP, 0.1) is None


def test_an_ack_that_nobody_waits_for_is_the_callers() -> None:
    layer = TransactionLayer()
    assert layer.match_request(make_request("ACK"), UDP, 0.0) is None


def test_a_request_without_via_is_refused_with_what_its_sender_is_owed() -> None:
    request = make_request()
    request.remove("Via")
    layer = TransactionLayer()
    with pytest.raises(HeaderError) as caught:
        layer.match_request(request, UDP, 0.0)
    assert caught.value.status == 400
    with pytest.raises(HeaderError):
        layer.open_server(request, UDP, 0.0)


def test_a_server_transaction_is_opened_once() -> None:
    layer = TransactionLayer()
    layer.match_request(make_request(), UDP, 0.0)
    layer.open_server(make_request(), UDP, 0.0)
    with pytest.raises(ValueError, match="already"):
        layer.open_server(make_request(), UDP, 0.0)
    assert len(layer) == 1


def test_the_request_that_was_matched_last_does_not_lend_its_key_to_another() -> None:
    layer = TransactionLayer()
    first, second = make_request("REGISTER", "z9hG4bK-1"), make_request("REGISTER", "z9hG4bK-2")
    layer.match_request(first, UDP, 0.0)
    layer.match_request(second, UDP, 0.0)
    one, two = layer.open_server(first, UDP, 0.0), layer.open_server(second, UDP, 0.0)
    assert one.key != two.key
    assert layer.match_request(first, UDP, 0.0) == []
    assert layer.match_request(second, UDP, 0.0) == []


def test_a_cancel_finds_its_invite_from_the_same_host_only() -> None:
    layer = TransactionLayer()
    invite = layer.open_server(make_request("INVITE"), UDP, 0.0)
    cancel = make_cancel(make_request("INVITE"))
    assert layer.match_request(cancel, UDP, 1.0) is None
    assert layer.find_invite(cancel, UDP) is invite
    assert layer.find_invite(cancel, UDP._replace(port=4711)) is invite
    assert layer.find_invite(cancel, OTHER) is None
    assert layer.find_invite(make_request("CANCEL", "z9hG4bK-2"), UDP) is None


def test_invite_and_cancel_of_one_branch_live_side_by_side() -> None:
    layer = TransactionLayer()
    invite, cancel = make_request("INVITE"), make_cancel(make_request("INVITE"))
    calling, _ = layer.open_client(invite, UDP, 0.0)
    cancelling, effects = layer.open_client(cancel, UDP, 1.0)
    assert effects == [Send(serialise(cancel), UDP)]
    layer.match_response(answer(cancel, 200), UDP, 1.1)
    assert (calling.state, cancelling.state) == (State.CALLING, State.COMPLETED)
    layer.match_response(answer(invite, 487), UDP, 1.2)
    assert calling.state is State.COMPLETED


@pytest.mark.parametrize("branch", ["", None])
def test_a_request_without_a_branch_is_not_sent(branch: str | None) -> None:
    request = make_request()
    request.set("Via", "SIP/2.0/UDP 192.0.2.1" + (";branch=" if branch == "" else ""))
    with pytest.raises((ValueError, HeaderError)):
        TransactionLayer().open_client(request, UDP, 0.0)


def test_a_branch_is_used_once() -> None:
    layer = TransactionLayer()
    layer.open_client(make_request(), UDP, 0.0)
    with pytest.raises(ValueError, match="in use"):
        layer.open_client(make_request(), UDP, 0.0)


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_a_request_larger_than_a_datagram_fails_alone(method: str) -> None:
    layer = TransactionLayer()
    neighbour, _ = layer.open_client(make_request(method, "z9hG4bK-2"), UDP, 0.0)
    huge = make_request(method, body=b"x" * MAX_DATAGRAM)
    transaction, effects = layer.open_client(huge, UDP, 0.0)
    assert effects == [TransactionFailed(transaction, "larger than a datagram")]
    assert transaction.state is State.TERMINATED
    assert len(layer) == 1
    assert neighbour.state is not State.TERMINATED
    assert isinstance(layer.open_client(huge, TCP, 0.0)[1][0], Send)


def test_stray_and_unreadable_responses_are_nobodys() -> None:
    layer = TransactionLayer()
    response = answer(make_request(), 200)
    assert layer.match_response(response, UDP, 0.0) is None
    for name in ("Via", "CSeq"):
        broken = response.copy()
        broken.remove(name)
        assert layer.match_response(broken, UDP, 0.0) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("To", None), ("To", "<sip:bro ken>;tag=x"), ("From", None), ("Call-ID", None), ("Call-ID", "a b")],
)
def test_a_response_that_nobody_could_work_with_ends_nothing(name: str, value: str | None) -> None:
    layer = TransactionLayer()
    request = make_request("INVITE")
    transaction, _ = layer.open_client(request, UDP, 0.0)
    broken = answer(request, 200)
    broken.remove(name) if value is None else broken.set(name, value)
    assert layer.match_response(broken, UDP, 0.1) is None
    assert transaction.state is State.CALLING
    assert layer.match_response(answer(request, 200), UDP, 0.2)


def test_a_response_may_come_from_elsewhere_than_the_request_went_to() -> None:
    layer = TransactionLayer()
    request = make_request()
    layer.open_client(request, UDP, 0.0)
    assert layer.match_response(answer(request, 200), OTHER, 1.0)


def test_bytes_that_are_there_are_not_made_again() -> None:
    layer = TransactionLayer()
    request = make_request()
    transaction = layer.open_server(request, UDP, 0.0)
    assert layer.respond(transaction, answer(request, 200), 0.0, b"made before") == [Send(b"made before", UDP)]
    assert layer.match_request(request, UDP, 1.0) == [Send(b"made before", UDP)]


def test_full_means_that_new_requests_are_to_be_refused() -> None:
    layer = TransactionLayer(TimerValues(), max_transactions=2)
    layer.open_server(make_request(), UDP, 0.0)
    assert not layer.is_full
    client, _ = layer.open_client(make_request(), UDP, 0.0)
    assert layer.is_full
    assert layer.match_request(make_request(), UDP, 0.0) == []
    layer.abandon(client)
    assert not layer.is_full


def test_unanswered_counts_requests_without_a_final_response() -> None:
    layer = TransactionLayer()
    invite, register, third = make_request("INVITE"), make_request("REGISTER"), make_request("REGISTER", "z9hG4bK-3")
    calling = layer.open_server(invite, UDP, 0.0)
    registering = layer.open_server(register, UDP, 0.0)
    abandoned = layer.open_server(third, TCP, 0.0)
    assert layer.unanswered() == 3
    layer.respond(calling, answer(invite, 180), 0.0)
    layer.respond(registering, answer(register, 200), 0.0)
    assert layer.unanswered() == 2
    layer.respond(calling, answer(invite, 200), 0.0)
    layer.respond(calling, answer(invite, 200), 0.0)
    layer.respond(registering, answer(register, 200), 0.0)
    assert layer.unanswered() == 1
    layer.abandon(abandoned)
    layer.abandon(abandoned)
    layer.respond(abandoned, answer(third, 200), 0.0)
    layer.abandon(calling)
    assert layer.unanswered() == 0


def test_a_flow_that_fails_concerns_its_own_transactions_in_order() -> None:
    layer = TransactionLayer()
    first, _ = layer.open_client(make_request("BYE", "z9hG4bK-1"), UDP, 0.0)
    second, _ = layer.open_client(make_request("BYE", "z9hG4bK-2"), UDP, 0.0)
    other, _ = layer.open_client(make_request("BYE", "z9hG4bK-3"), OTHER, 0.0)
    assert layer.flow_failed(UDP, "no route", 1.0) == [
        TransactionFailed(first, "no route"),
        TransactionFailed(second, "no route"),
    ]
    assert layer.flow_failed(UDP, "no route", 1.0) == []
    assert other.state is State.TRYING


def test_the_end_of_one_transaction_does_not_hide_the_others_of_its_flow() -> None:
    layer = TransactionLayer()
    first, _ = layer.open_client(make_request("BYE", "z9hG4bK-1"), UDP, 0.0)
    second, _ = layer.open_client(make_request("BYE", "z9hG4bK-2"), UDP, 0.0)
    layer.abandon(first)
    assert layer.flow_failed(UDP, "no route", 1.0) == [TransactionFailed(second, "no route")]


def test_a_transaction_whose_way_back_is_another_repeats_its_last_response_there() -> None:
    layer = TransactionLayer()
    invite = make_request("INVITE")
    transaction = layer.open_server(invite, TCP, 0.0)
    layer.respond(transaction, answer(invite, 180), 0.1)
    elsewhere = TCP._replace(host="192.0.2.98")
    (again,) = layer.redirect(transaction, elsewhere)
    assert isinstance(again, Send)
    assert again.flow == elsewhere
    assert again.data.startswith(b"SIP/2.0 180")
    layer.abandon(transaction)
    assert layer.redirect(transaction, TCP) == []


def test_terminated_is_for_those_who_have_a_user() -> None:
    layer = TransactionLayer()
    owned, _ = layer.open_client(make_request("BYE", "z9hG4bK-1"), UDP, 0.0)
    orphan, _ = layer.open_client(make_request("BYE", "z9hG4bK-2"), UDP, 0.0)
    owned.user = "owner"
    effects = [effect for _, effect in run_until(layer, 100.0) if not isinstance(effect, Send)]
    assert effects == [TransactionTimeout(owned), Terminated(owned), TransactionTimeout(orphan)]


def test_a_late_look_at_the_clock_does_everything_that_is_due_once() -> None:
    layer = TransactionLayer()
    request = make_request("BYE")
    transaction, _ = layer.open_client(request, UDP, 0.0)
    answered = layer.open_server(request, UDP, 0.0)
    layer.respond(answered, answer(request, 200), 0.0)
    effects = layer.handle_timers(1_000.0)
    assert TransactionTimeout(transaction) in effects
    assert len(layer) == 0
    assert layer.handle_timers(2_000.0) == []
    assert layer.next_timer() is None


def test_nothing_is_left_of_ended_transactions() -> None:
    layer = TransactionLayer()
    for number in range(200):
        for method in ("INVITE", "REGISTER"):
            for flow in (UDP, TCP):
                request = make_request(method, f"z9hG4bK-{number}-{flow.transport}")
                server = layer.open_server(request, flow, float(number))
                client, _ = layer.open_client(request, flow, float(number))
                if number % 3:
                    layer.respond(server, answer(request, 200 if number % 2 else 486), float(number))
                    layer.match_response(answer(request, 486 if number % 2 else 200), flow, float(number))
                else:
                    layer.abandon(server)
                    layer.abandon(client)
    run_until(layer, 10_000.0)
    assert len(layer) == 0
    assert layer.unanswered() == 0
    assert len(layer._timers) == 0
    assert layer._by_flow == {}
