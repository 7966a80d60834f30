import pytest

from sipedge.sip.flow import Flow, parse_flow, str_connection, str_datagrams, str_flow


@pytest.mark.parametrize(
    ("flow", "text"),
    [
        (Flow("udp", "192.0.2.1", 5060), "udp:192.0.2.1:5060"),
        (Flow("tcp", "::1", 40000), "tcp:[::1]:40000"),
        (Flow("wss", "2001:db8::9:1", 443), "wss:[2001:db8::9:1]:443"),
    ],
)
def test_a_flow_is_written_and_read_back(flow: Flow, text: str) -> None:
    assert str_flow(flow) == text
    assert parse_flow(text) == flow


def test_local_and_connection_are_not_written() -> None:
    assert parse_flow(str_flow(Flow("tcp", "192.0.2.1", 5060, local=2, connection=77))) == Flow(
        "tcp", "192.0.2.1", 5060
    )


@pytest.mark.parametrize(
    ("flow", "text"),
    [
        (Flow("ws", "192.0.2.1", 50000, 0, 1234567), "ws:192.0.2.1:50000#1234567"),
        (Flow("tls", "2001:db8::1", 50000, 0, 2**63 - 1), "tls:[2001:db8::1]:50000#9223372036854775807"),
        (Flow("tcp", "192.0.2.1", 5060), "tcp:192.0.2.1:5060"),
    ],
)
def test_a_connection_is_written_with_its_number(flow: Flow, text: str) -> None:
    assert str_connection(flow) == text
    assert parse_flow(text) == flow


@pytest.mark.parametrize(
    ("flow", "text"),
    [
        (Flow("udp", "192.0.2.1", 5060, 2), "udp:192.0.2.1:5060/2"),
        (Flow("udp", "2001:db8::1", 5060, 13), "udp:[2001:db8::1]:5060/13"),
        (Flow("udp", "192.0.2.1", 5060), "udp:192.0.2.1:5060"),
    ],
)
def test_datagrams_are_written_with_the_listener_that_they_came_to(flow: Flow, text: str) -> None:
    assert str_datagrams(flow) == text
    assert parse_flow(text) == flow


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp:192.0.2.1:5060#",
        "tcp:192.0.2.1:5060#0",
        "tcp:192.0.2.1:5060#-1",
        "tcp:192.0.2.1:5060#9223372036854775808",
        "tcp:192.0.2.1:5060#x",
        "udp:192.0.2.1:5060/",
        "udp:192.0.2.1:5060/256",
        "ws:192.0.2.1:5060#7/1",
        "udp",
        "udp:192.0.2.1",
        "udp:host.example:5060",
        "sctp:192.0.2.1:5060",
        "udp:192.0.2.1:65536",
        "udp:192.0.2.1:5060 ",
        "udp:192.0.2.1:٥٠٦٠",
        "udp:::1:5060",
    ],
)
def test_anything_else_is_no_flow(text: str) -> None:
    with pytest.raises(ValueError, match="not a flow"):
        parse_flow(text)


@pytest.mark.parametrize(("transport", "reliable"), [("udp", False), ("tcp", True), ("tls", True), ("ws", True)])
def test_only_datagrams_are_unreliable(transport: str, reliable: bool) -> None:
    assert Flow(transport, "192.0.2.1", 5060).reliable is reliable
