"""Service-Route (RFC 3608): our own address, where it does no harm."""

import pytest

from sipedge.listeners import Listener
from sipedge.registrar.service_route import service_route

UDP = Listener("udp", "192.0.2.1", 5060, "192.0.2.1", 5060)
NAMED_TLS = Listener("tls", "192.0.2.1", 5061, "sip.example.org", 5061)


@pytest.mark.parametrize(
    ("listener", "known_as", "value"),
    [
        (UDP, "example.org", "<sip:192.0.2.1:5060;lr>"),
        (UDP, "192.0.2.1", "<sip:192.0.2.1:5060;lr>"),
        (UDP._replace(transport="tcp", port=5070, advertised_port=5070), "x", "<sip:192.0.2.1:5070;lr;transport=tcp>"),
        (UDP._replace(transport="ws"), "example.org", "<sip:192.0.2.1:5060;lr;transport=ws>"),
        (Listener("udp", "2001:db8::1", 5060, "2001:db8::1", 5060), "x", "<sip:[2001:db8::1]:5060;lr>"),
        (NAMED_TLS, "example.org", "<sip:sip.example.org:5061;lr;transport=tls>"),
    ],
)
def test_it_names_the_listener_that_the_phone_came_by(listener: Listener, known_as: str, value: str) -> None:
    assert service_route(listener, known_as) == (("Service-Route", value),)


@pytest.mark.parametrize(
    ("listener", "known_as"),
    [
        (UDP._replace(advertised_host="198.51.100.1"), "192.0.2.1"),  # inside, where the outer address may lead nowhere
        (NAMED_TLS, "192.0.2.1"),
        (UDP, "2001:db8::1"),
        (UDP._replace(transport="tls"), "example.org"),  # no certificate proves an address
        (UDP._replace(transport="wss"), "example.org"),
    ],
)
def test_it_is_left_out_where_it_may_do_harm(listener: Listener, known_as: str) -> None:
    assert service_route(listener, known_as) == ()
