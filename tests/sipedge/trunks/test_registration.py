"""Our registrations: what is asked, what answers mean, when the next REGISTER is due."""

from dataclasses import replace

import pytest

from sipedge.facts import GatewayFacts, GatewayRegistration
from sipedge.sip.message import HeaderError, Response
from sipedge.trunks.registration import (
    BASE,
    LEAST,
    LONGEST,
    MOST_ASKED,
    MOST_RETRY_AFTER,
    Registration,
    is_same_binding,
    registrar_located_by,
    registrar_uri,
)

PLAN = GatewayRegistration("", "sip:431234@carrier.example", "freiton-1")
GATEWAY = GatewayFacts(1, "gw", "sbc.carrier.example", None, "udp", None, (), True, registration=PLAN)
HERE = "192.0.2.1:5060"


@pytest.fixture
def registration():
    return Registration(GATEWAY, "call", "tag")


def ok(*headers):
    return Response(200, "OK", headers)


def granted(registration, *headers, chance=0.0):
    """(seconds granted, seconds until the refresh)"""
    contact = registration.contact(GATEWAY, HERE)
    refresh = registration.succeeded(ok(*headers), contact, 100.0, chance)
    return registration.until - 100.0, refresh


def test_the_request(registration):
    request = registration.request(GATEWAY, HERE, 3600)
    assert (request.method, request.request_uri) == ("REGISTER", "sip:sbc.carrier.example")
    assert (request.get("To"), request.get("From")) == (
        "<sip:431234@carrier.example>",
        "<sip:431234@carrier.example>;tag=tag",
    )
    assert request.get("Contact") == "<sip:freiton-1@192.0.2.1:5060>;expires=3600"
    assert (request.get("Expires"), request.call_id, str(request.cseq)) == ("3600", "call", "1 REGISTER")
    again = registration.request(GATEWAY, HERE, 0)
    assert (again.call_id, str(again.cseq), again.get("Expires")) == ("call", "2 REGISTER", "0")
    assert again.get("Contact").endswith(";expires=0")


def test_by_another_registrar_transport_and_proxy():
    gateway = replace(
        GATEWAY, transport="tls", outbound_proxy="proxy.example:5071",
        registration=PLAN._replace(registrar="registrar.example:5062", contact_user="a b@c"),
    )  # fmt: skip
    request = Registration(gateway, "c", "t").request(gateway, "[2001:db8::1]:5061", 60)
    assert request.request_uri == "sip:registrar.example:5062;transport=tls"
    assert request.get("Contact") == "<sip:a%20b%40c@[2001:db8::1]:5061;transport=tls>;expires=60"
    assert request.get("Route") == "<sip:proxy.example:5071;transport=tls;lr>"
    assert str(registrar_located_by(gateway)) == "sip:proxy.example:5071;transport=tls"
    assert str(registrar_located_by(replace(gateway, outbound_proxy=""))) == "sip:registrar.example:5062;transport=tls"
    assert str(registrar_uri(GATEWAY)) == "sip:sbc.carrier.example"


def test_without_a_registration_there_is_none():
    with pytest.raises(ValueError, match="no registration at gateway 1"):
        Registration(replace(GATEWAY, registration=None), "c", "t")


OURS = "<sip:freiton-1@192.0.2.1:5060>;expires={}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Contact", OURS.format(60))], 60),
        ([("Contact", "<sip:other@192.0.2.9>;expires=7200, " + OURS.format(90)), ("Expires", "30")], 90),
        ([("Contact", "<sip:freiton-1@198.51.100.9:4711>;expires=120")], 120),  # a NAT's address, as it saw us
        ([("Contact", "<sip:gr-77@192.0.2.1:5060>;expires=240")], 240),
        ([("Contact", "<sip:freiton-1@192.0.2.1:5060>"), ("Expires", "1800")], 1800),
        ([("Expires", "1800")], 1800),
        ([], 3600),
    ],
)
def test_how_long_it_stands(registration, headers, seconds):
    assert granted(registration, *headers)[0] == seconds


def test_it_is_refreshed_before_it_ends(registration):
    assert granted(registration, ("Expires", "3600"), chance=0.0)[1] == pytest.approx(3240)
    assert granted(registration, ("Expires", "3600"), chance=1.0)[1] == pytest.approx(3060)
    assert granted(registration, ("Expires", "2"))[1] == LEAST
    assert registration.stands(101.9)
    assert not registration.stands(102.0)


@pytest.mark.parametrize("headers", [[("Contact", OURS.format(0))], [("Expires", "0")], [("Expires", "soon")]])
def test_a_success_that_is_none(registration, headers):
    with pytest.raises(HeaderError):
        granted(registration, *headers)
    assert registration.until is None


def test_a_registrar_that_wants_longer(registration):
    assert registration.asks_for_longer(Response(423, "", [("Min-Expires", "7200")]))
    assert registration.expires == 7200
    for value in ("7200", "60", "x", str(MOST_ASKED + 1)):
        assert not registration.asks_for_longer(Response(423, "", [("Min-Expires", value)]))
    assert not registration.asks_for_longer(Response(423, ""))
    assert registration.expires == 7200


def test_failures_are_waited_for_longer_and_longer(registration):
    waits = [registration.failed(408, None, 1.0) for _ in range(9)]
    assert waits[:7] == [BASE, 2 * BASE, 4 * BASE, 8 * BASE, 16 * BASE, 32 * BASE, LONGEST]
    assert set(waits[6:]) == {LONGEST}
    assert registration.failed(408, None, 0.0) == LONGEST / 2
    granted(registration)
    assert registration.failed(503, Response(503, ""), 0.0) == BASE / 2


@pytest.mark.parametrize("status_code", [401, 403, 404, 407, 423, 600, 603])
def test_who_is_refused_does_not_try_again_so_soon(registration, status_code):
    assert registration.failed(status_code, Response(status_code, ""), 1.0) == 8 * BASE


@pytest.mark.parametrize("status_code", [302, 408, 480, 491, 500, 503, 504])
def test_what_may_pass_is_tried_again_soon(registration, status_code):
    assert registration.failed(status_code, Response(status_code, ""), 1.0) == BASE


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("300 (in a meeting)", 300),
        ("400;duration=60", 400),
        ("99999", MOST_RETRY_AFTER),
        ("10", BASE),
        ("soon", BASE),
        ("9" * 12, BASE),
    ],
)
def test_retry_after_is_waited_for(registration, value, seconds):
    assert registration.failed(503, Response(503, "", [("Retry-After", value)]), 1.0) == seconds


def test_what_makes_another_binding():
    changes = [{"host": "x"}, {"port": 1}, {"transport": "tcp"}, {"outbound_proxy": "x"}, {"registration": None}]
    changes += [{"registration": PLAN._replace(**{name: "x"})} for name in ("registrar", "aor", "contact_user")]
    assert not any(is_same_binding(GATEWAY, replace(GATEWAY, **change)) for change in changes)
    for change in ({"name": "x"}, {"registration": PLAN._replace(expires=60)}, {"max_calls": 3}):
        assert is_same_binding(GATEWAY, replace(GATEWAY, **change))
