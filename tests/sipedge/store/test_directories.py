"""Whole tables in memory: which gateway sends from an address, in which order routes are tried."""

import random
from dataclasses import replace

import pytest

from sipedge.facts import DestinationRuleFacts, DomainFacts, GatewayAccount, GatewayFacts, RouteFacts
from sipedge.store.directories import Domains, Gateways, Prefixes
from sipedge.store.memory_trunks import MemoryGateways


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


def test_all_gateways_are_one_tuple_until_they_are_loaded_anew() -> None:
    gateways, rows = Gateways(), [a_gateway(1), a_gateway(2, is_active=False)]
    gateways.load(rows, [])
    assert gateways.all == tuple(rows)
    assert gateways.all is gateways.all
    before = gateways.all
    gateways.load(rows, [])
    assert gateways.all is not before


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


def test_a_gateway_by_the_name_of_its_account() -> None:
    gateways = Gateways()
    ours = replace(a_gateway(1), inbound=GatewayAccount("carrier", "secret"))
    asleep = replace(a_gateway(2, is_active=False), inbound=GatewayAccount("asleep", "secret"))
    gateways.load([ours, asleep, a_gateway(3)], [])
    assert gateways.by_username("carrier") is ours
    assert [gateways.by_username(name) for name in ("Carrier", "asleep", "")] == [None] * 3
    gateways.load([a_gateway(1)], [])
    assert gateways.by_username("carrier") is None


def test_routes_of_a_kind_that_fit_the_longest_prefix_first() -> None:
    gateways = Gateways()
    routes = [
        RouteFacts(1, "", 10),
        RouteFacts(2, "43", 20),
        RouteFacts(3, "43", 10),
        RouteFacts(4, "4312345", 1),
        RouteFacts(5, "44", 1),
        RouteFacts(6, "112", 1, kind="emergency"),
    ]
    gateways.load([], routes)

    assert [route.gateway_id for route in gateways.routes_for("number", "431")] == [3, 2, 1]
    assert [route.gateway_id for route in gateways.routes_for("number", "43123456")] == [4, 3, 2, 1]
    assert [route.gateway_id for route in gateways.routes_for("number", "")] == [1]
    assert [route.gateway_id for route in gateways.routes_for("emergency", "112")] == [6]
    assert list(gateways.routes_for("service", "112")) == []
    gateways.load([], [])
    assert list(gateways.routes_for("number", "431")) == []


def test_rules_of_all_owners_that_fit() -> None:
    gateways = Gateways()
    rules = [
        DestinationRuleFacts("", is_allowed=True),
        DestinationRuleFacts("870", is_allowed=False, reason="Satellite"),
        DestinationRuleFacts("870", is_allowed=True, reseller_id=1),
        DestinationRuleFacts("43", is_allowed=False),
        DestinationRuleFacts("4", is_allowed=False, kind="service"),
    ]
    gateways.load([], [], rules)

    assert list(gateways.rules_for("number", "870123")) == [rules[1], rules[2], rules[0]]
    assert list(gateways.rules_for("number", "49")) == [rules[0]]
    assert list(gateways.rules_for("service", "49")) == [rules[4]]
    assert list(gateways.rules_for("emergency", "49")) == []


def test_tables_made_before_give_what_looking_at_every_row_gives() -> None:
    chance = random.Random(5)
    kinds = ("number", "service", "emergency")
    routes = [
        RouteFacts(chance.randrange(9), _digits(chance, 5), chance.randrange(3), number, chance.choice(kinds))
        for number in range(400)
    ]
    rules = [
        DestinationRuleFacts(_digits(chance, 5), number % 2 == 0, str(number), kind=chance.choice(kinds[:2]))
        for number in range(400)
    ]
    quick, plain = Gateways(), MemoryGateways()
    quick.load([a_gateway(1)], routes, rules)
    plain.put(a_gateway(1), *routes)
    plain.put_rules(*rules)

    for _ in range(500):
        digits = _digits(chance, 8)
        for kind in kinds:
            assert list(quick.rules_for(kind, digits)) == plain.rules_for(kind, digits)
            assert list(quick.routes_for(kind, digits)) == plain.routes_for(kind, digits)


def _digits(chance: random.Random, most: int) -> str:
    return "".join(chance.choices("123", k=chance.randint(0, most)))


def test_a_look_up_asks_once_for_each_length_that_there_is() -> None:
    asked: list[str] = []

    class Number(str):
        __slots__ = ()

        def __getitem__(self, part: object) -> str:
            found = super().__getitem__(part)  # type: ignore[index]
            asked.append(found)
            return found

    rows = [RouteFacts(1, f"{number:05}", 1) for number in range(20_000)] + [RouteFacts(1, "4", 1)]
    assert [row.prefix for row in Prefixes(rows).of(Number("431234567890"))] == ["4"]
    assert asked == ["43123", "4"]


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
