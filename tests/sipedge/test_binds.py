"""Which listeners the variables make."""

import pytest

from sipedge.binds import plain_listeners, read_listeners
from sipedge.listeners import Listener
from sipedge.variables import Address, ConfigError, Variables


def listeners(**values):
    return read_listeners(Variables(values))


def bound(transport, **values):
    return [(one.bound, one.sent_by) for one in listeners(**values) if one.transport == transport]


CERTIFICATE = {"SIP_TLS_CERTIFICATES": "c.pem"}


def test_without_a_certificate_udp_tcp_and_websocket():
    assert [one.transport for one in listeners()] == ["udp", "tcp", "ws"]
    assert bound("ws") == [("127.0.0.1:5080", "127.0.0.1:5080")]


def test_with_a_certificate_all_transports_on_every_address():
    found = listeners(SIP_BIND="127.0.0.1:5070,[::1]:5070", **CERTIFICATE)
    assert [(one.transport, one.bound) for one in found] == [
        ("udp", "127.0.0.1:5070"), ("tcp", "127.0.0.1:5070"), ("udp", "[::1]:5070"), ("tcp", "[::1]:5070"),
        ("tls", "127.0.0.1:5071"), ("tls", "[::1]:5071"), ("ws", "127.0.0.1:5090"), ("ws", "[::1]:5090"),
        ("wss", "127.0.0.1:5091"), ("wss", "[::1]:5091"),
    ]  # fmt: skip


def test_what_is_said_counts_and_off_is_off():
    assert bound("tls", SIP_TLS_BIND="127.0.0.1:443", **CERTIFICATE) == [("127.0.0.1:443", "127.0.0.1:443")]
    assert bound("ws", SIP_WS_BIND="off") == bound("wss", SIP_WSS_BIND="Off", **CERTIFICATE) == []


def test_each_is_called_as_sip_bind_on_its_host_is():
    binds = {"SIP_BIND": "127.0.0.1:5060,[::1]:5060", "SIP_ADVERTISE": "a.example:5060,b.example:5060", **CERTIFICATE}
    assert [shown for _, shown in bound("tls", **binds)] == ["a.example:5061", "b.example:5061"]
    assert bound("wss", SIP_WSS_BIND="[::1]:443", **binds) == [("[::1]:443", "b.example:443")]
    assert bound("wss", SIP_WSS_BIND="127.0.0.9:443", **binds) == [("127.0.0.9:443", "a.example:443")]


def test_shifted_ports_shift_all():
    shifted = {"SIP_BIND": "127.0.0.1:5060", "SIP_ADVERTISE": "sip.example.org:15060"}
    assert bound("ws", **shifted) == [("127.0.0.1:5080", "sip.example.org:15080")]
    assert bound("ws", SIP_WS_BIND="127.0.0.1:60000", **shifted) == [("127.0.0.1:60000", "sip.example.org:60000")]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"SIP_TLS_BIND": "127.0.0.1:5061"}, "SIP_TLS_BIND needs a certificate"),
        ({"SIP_WSS_BIND": "127.0.0.1:5061"}, "SIP_WSS_BIND needs a certificate"),
        ({"SIP_BIND": "127.0.0.1:65530"}, "SIP_BIND leaves no port for SIP_WS_BIND"),
        ({"SIP_WS_BIND": "somewhere"}, "SIP_WS_BIND is 'somewhere'"),
        ({"SIP_BIND": "0.0.0.0:5060"}, "say in SIP_ADVERTISE"),
        ({"SIP_BIND": "127.0.0.1:5060", "SIP_ADVERTISE": "[::]"}, "say in SIP_ADVERTISE"),
        ({"SIP_BIND": "127.0.0.1:5060", "SIP_ADVERTISE": "a,b"}, "SIP_ADVERTISE must name one address"),
    ],
)
def test_what_does_not_fit_is_named(values, said):
    with pytest.raises(ConfigError, match=said):
        listeners(**values)


def test_plain_ones_are_called_as_bound():
    assert plain_listeners((Address("127.0.0.1", 5060),)) == (
        Listener("udp", "127.0.0.1", 5060, "127.0.0.1", 5060),
        Listener("tcp", "127.0.0.1", 5060, "127.0.0.1", 5060),
    )
