from dataclasses import replace

import pytest

from numbering.formats import ONLY_E164, BareDigits, NumberKind, to_e164
from sipedge.routing.network import EdgeNetwork, number_format
from sipedge.sip.uri import parse_uri
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.network import ALICE, AUSTRIA, NORTH, SOUTH, SOUTH_ALICE, fill


@pytest.fixture
def network():
    store = fill(MemoryStore())
    return EdgeNetwork(store.domains, store.gateways, ADDRESSES)


@pytest.mark.parametrize(
    ("uri", "domain"),
    [
        ("sip:a@north.example", NORTH),
        ("sip:a@NORTH.example", NORTH),
        ("sip:a@north.example.", NORTH),
        ("sip:a@[2001:DB8:0:0::1]", NORTH),
        ("sip:a@[2001:db8::2]", None),
        ("sip:a@north.example:5060", NORTH),
        ("sip:a@north.example:5070", NORTH),
        ("sip:a@192.0.2.1", NORTH),  # an alias
        ("sip:a@198.51.100.1", NORTH),  # a bound address: the default domain's
        ("sip:a@sip.north.example:5070", NORTH),
        ("sips:a@south.example", SOUTH),
        ("tel:+431", NORTH),
        ("sip:a@north.example:5999", None),
        ("sip:a@198.51.100.1:5999", None),
        ("sip:a@elsewhere.example", None),
        ("mailto:a@north.example", None),
    ],
)
def test_whose_request_it_is(network, uri, domain):
    assert network.domain_of(parse_uri(uri)) is domain


@pytest.mark.parametrize(
    ("uri", "own"),
    [
        ("sip:198.51.100.1", True),
        ("sip:[2001:db8::1]", True),
        ("sip:[2001:0db8:0::0:1]:5060", True),
        ("sip:[2001:db8::1]:5070", False),
        ("sip:sip.north.example.", True),
        ("sip:198.51.100.1:5070", True),
        ("sip:198.51.100.1:5999", False),
        ("sip:north.example", False),
    ],
)
def test_own_addresses(network, uri, own):
    assert network.is_own_address(parse_uri(uri)) is own


ADDRESSES = {
    *(("198.51.100.1", 5060), ("198.51.100.1", 5070), ("2001:db8::1", 5060)),
    *(("sip.north.example", 5060), ("sip.north.example", 5070)),
}


def test_a_route_by_a_domains_name_means_us_too(network):
    assert network.is_ours(parse_uri("sip:south.example;lr"))
    assert not network.is_ours(parse_uri("sip:elsewhere.example;lr"))


def test_how_a_subscriber_dials(network):
    assert network.number_format_of(ALICE) == number_format(AUSTRIA)
    assert network.number_format_of(SOUTH_ALICE) == ONLY_E164


def test_a_row_as_a_number_format():
    austria = number_format(AUSTRIA)
    assert (austria.country_code, austria.bare_digits) == ("43", BareDigits.E164)


def test_a_subscriber_may_dial_in_its_own_way(network):
    office = AUSTRIA._replace(
        id=9,
        plan="at",
        extension_base="4311001",
        extension_digits=2,
        emergency_numbers=("122",),
        service_numbers=("115",),
    )
    alice = replace(ALICE, number_format=office)
    assert network.number_format_of(alice) == number_format(office)
    assert network.number_format_of(replace(SOUTH_ALICE, number_format=office)) == number_format(office)
    dialled = number_format(office)
    assert to_e164("17", dialled).e164 == "+431100117"
    assert {to_e164(digits, dialled).kind for digits in ("122", "133")} == {NumberKind.EMERGENCY}
    assert {to_e164(digits, dialled).kind for digits in ("115", "1450")} == {NumberKind.SERVICE}


def test_who_has_no_format_may_call_for_help():
    assert to_e164("112", number_format(None)).kind is NumberKind.EMERGENCY
    assert to_e164("133", number_format(None)).kind is NumberKind.UNKNOWN
