"""Whole tables in memory: which gateway sends from an address, in which order routes are tried."""

from dataclasses import replace

import pytest

from sipedge.facts import DomainFacts, GatewayFacts, RouteFacts
from sipedge.store.directories import Domains, Gateways


def a_gateway(number: int, *sources: str, is_active: bool = True) -> GatewayFacts:
    return GatewayFacts(number, f"gw{number}", "192.0.2.1", None, "udp", None, sources, is_active)


def a_domain(number: int, *names: str, is_default: bool = False) -> DomainFacts:
    return DomainFacts(number, names[0], names, 1, is_default, "MD5", None, True)


@pytest.mark.parametrize(
    ("address", "gateway"),
    [
        ("198.51.100.1", 1),
        ("198.51.100.200", 2),
        ("198.51.100.201", 3),
        ("::ffff:198.51.100.201", 3),
        ("2001:db8::5", 4),
        ("203.0.113.1", None),
        ("192.0.2.77", None),
    ],
)
def test_the_narrowest_network_of_an_active_gateway_wins(address: str, gateway: int | None) -> None:
    gateways = Gateways()
    gateways.load(
        [
            a_gateway(1, "198.51.100.0/24"),
            a_gateway(2, "198.51.100.128/25"),
            a_gateway(3, "198.51.100.201/32"),
            a_gateway(4, "2001:db8::/32"),
            a_gateway(5, "192.0.2.77/32", is_active=False),
        ],
        [],
    )

    found = gateways.by_source(address)

    assert (found and found.id) == gateway


def test_a_certificate_names_one_active_gateway() -> None:
    gateways = Gateways()
    one, asleep, none = a_gateway(1), a_gateway(2, is_active=False), a_gateway(3)
    gateways.load([replace(one, tls_name="a.example"), replace(asleep, tls_name="b.example"), none], [])
    assert gateways.by_tls_name("A.example") is gateways.by_tls_name("sip:a.example") is gateways.by_id(1)
    assert [gateways.by_tls_name(name) for name in ("b.example", "", "sip:", "*.example", "x.a.example")] == [None] * 5
    gateways.load([none], [])
    assert gateways.by_tls_name("a.example") is None


def test_what_was_looked_up_is_forgotten_when_the_table_changes() -> None:
    gateways = Gateways()
    gateways.load([a_gateway(1, "192.0.2.1/32")], [])
    assert gateways.by_source("192.0.2.1") is not None

    gateways.load([a_gateway(2, "192.0.2.2/32")], [])

    assert gateways.by_source("192.0.2.1") is None
    assert gateways.by_source("192.0.2.2") is gateways.by_id(2)
    assert gateways.by_id(1) is None


def test_routes_by_priority_then_longest_prefix() -> None:
    gateways = Gateways()
    gateways.load(
        [], [RouteFacts(1, "", 10), RouteFacts(2, "43", 10), RouteFacts(3, "431", 20), RouteFacts(1, "43", 10)]
    )

    assert [(route.gateway_id, route.prefix) for route in gateways.routes] == [
        (1, "43"),
        (2, "43"),
        (1, ""),
        (3, "431"),
    ]


def test_a_changed_digest_algorithm_is_told() -> None:
    domains = Domains()
    before = a_domain(1, "a.example")

    assert not domains.load([before])
    assert not domains.load([before, a_domain(2, "b.example")])
    assert domains.load([replace(before, digest_algorithm="SHA-256")])


def test_domains_are_replaced_as_a_whole() -> None:
    domains = Domains()
    assert domains.default is None
    domains.load([a_domain(1, "a.example", "b.example"), a_domain(2, "c.example", is_default=True)])
    by_name = domains.by_name  # handlers may keep the bound method

    domains.load([a_domain(2, "c.example", "d.example")])

    assert by_name("a.example") is None
    assert by_name("d.example") is domains.by_id(2)
    assert domains.by_id(1) is None
    assert domains.default is None
