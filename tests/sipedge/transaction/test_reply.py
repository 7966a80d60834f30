"""Where responses go when the connection of their request is gone."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.transaction.layer import TransactionLayer
from sipedge.transaction.reply import reply_flow
from tests.sipedge.transaction.messages import answer, make_request


def flow(transport: str, connection: int = 7) -> Flow:
    return Flow(transport, "198.51.100.9", 40_000, 3, connection)


def via(text: str, transport: str = "tcp", connection: int = 7) -> Flow | None:
    request = make_request("INVITE")
    request.set("Via", f"SIP/2.0/{transport.upper()} {text};branch=z9hG4bK-1;received=203.0.113.66;rport=9")
    return reply_flow(request, flow(transport, connection))


@pytest.mark.parametrize(
    ("text", "transport", "there"),
    [
        ("10.0.0.1:5070", "tcp", Flow("tcp", "198.51.100.9", 5070, 3)),
        ("10.0.0.1", "tcp", Flow("tcp", "198.51.100.9", 5060, 3)),
        ("pbx.example.org", "tcp", Flow("tcp", "198.51.100.9", 5060, 3)),
        ("pbx.example.org", "tls", Flow("tls", "198.51.100.9", 5061, 3, 0, "pbx.example.org")),
        ("pbx.example.org:5071", "tls", Flow("tls", "198.51.100.9", 5071, 3, 0, "pbx.example.org")),
        ("10.0.0.1:5061", "tls", None),
        ("[2001:db8::1]:5061", "tls", None),
        ("df7jal23ls0d.invalid", "ws", None),
        ("df7jal23ls0d.invalid", "wss", None),
        ("10.0.0.1:5060", "udp", None),
    ],
)
def test_to_the_real_source_at_the_port_where_the_sender_listens(text: str, transport: str, there: Flow | None) -> None:
    assert via(text, transport) == there


def test_a_new_connection_that_fails_too_is_not_followed_by_another() -> None:
    assert via("10.0.0.1:5070", connection=0) is None


def test_a_via_that_cannot_be_read_leads_nowhere() -> None:
    request = make_request("INVITE")
    request.set("Via", "nonsense")
    assert reply_flow(request, flow("tcp")) is None


@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
def test_a_transaction_answers_by_the_new_connection(method: str) -> None:
    layer = TransactionLayer()
    request, gone = make_request(method), Flow("tcp", "192.0.2.1", 40_000, 0, 7)
    there = Flow("tcp", "192.0.2.1", 5060)
    layer.match_request(request, gone, 0.0)
    transaction = layer.open_server(request, gone, 0.0)
    assert layer.flow_failed(gone, "closed", 1.0) == []
    assert layer.flow_failed(gone, "closed", 1.0) == []
    (effect,) = layer.respond(transaction, answer(request, 486), 2.0)
    assert effect.flow == there  # type: ignore[union-attr]
    if method == "INVITE":
        assert [type(one).__name__ for one in layer.flow_failed(there, "refused", 3.0)] == ["TransactionFailed"]
