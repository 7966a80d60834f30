"""Which of our addresses a message leaves from."""

from sipedge.listeners import Listener, Listeners, describe
from sipedge.sip.flow import Flow

UDP = Listener("udp", "192.0.2.1", 5060, "sip.example.org", 5060)
UDP_OTHER = Listener("udp", "198.51.100.1", 5070, "198.51.100.1", 5070)
UDP_IPV6 = Listener("udp", "2001:db8::1", 5060, "2001:db8::1", 5060)
TCP = Listener("tcp", "192.0.2.1", 5060, "sip.example.org", 5060)
LISTENERS = Listeners((UDP, UDP_OTHER, UDP_IPV6, TCP))


def test_an_answer_leaves_from_where_its_request_came_to():
    assert LISTENERS.of(Flow("udp", "203.0.113.9", 5060, 1)) is UDP_OTHER


def test_the_listener_of_another_family_or_transport_does_not_count():
    assert LISTENERS.of(Flow("udp", "2001:db8::9", 5060, 1)) is UDP_IPV6
    assert LISTENERS.of(Flow("tcp", "203.0.113.9", 5060, 1)) is TCP
    assert LISTENERS.of(Flow("tcp", "203.0.113.9", 5060, 9)) is TCP


def test_where_nothing_fits_that_is_known_before_the_send():
    assert not LISTENERS.reach(Flow("tls", "203.0.113.9", 5061))
    assert not LISTENERS.reach(Flow("tcp", "2001:db8::9", 5060))
    assert LISTENERS.reach(Flow("tcp", "203.0.113.9", 5060))
    assert LISTENERS.of(Flow("tls", "203.0.113.9", 5061)) is UDP


def test_bound_and_advertised_addresses_mean_this_edge():
    assert LISTENERS.addresses() == {
        ("192.0.2.1", 5060), ("sip.example.org", 5060), ("198.51.100.1", 5070), ("2001:db8::1", 5060),
    }  # fmt: skip


def test_sent_by_has_brackets_around_ipv6_alone():
    assert (UDP.sent_by, UDP_IPV6.sent_by) == ("sip.example.org:5060", "[2001:db8::1]:5060")


def test_all_addresses_for_a_person():
    assert describe((UDP, TCP, UDP_IPV6)) == "udp and tcp 192.0.2.1:5060, udp [2001:db8::1]:5060"
