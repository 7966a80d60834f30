"""Two resellers' small network, for tests of routing: what is in the edge's views, as values."""

from sipedge.facts import (
    CallSettingsFacts,
    DomainFacts,
    GatewayFacts,
    NumberFacts,
    NumberFormatFacts,
    RouteFacts,
    SubscriberFacts,
)
from sipedge.registrar.binding import Binding

AUSTRIA = NumberFormatFacts(1, "Austria", "43", "00", "0", "", "e164", "plus")
NATIONAL = NumberFormatFacts(2, "Austria, national", "43", "00", "0", "", "e164", "national")
NORTH = DomainFacts(1, "north.example", ("north.example", "192.0.2.1"), 1, True, "MD5", AUSTRIA, True)
SOUTH = DomainFacts(2, "south.example", ("south.example",), 2, False, "MD5", None, True)
PSTN = GatewayFacts(1, "PSTN", "198.51.100.2", 5060, "udp", AUSTRIA, ("198.51.100.2/32",), True)
SPARE = GatewayFacts(2, "Spare", "198.51.100.3", None, "tcp", NATIONAL, ("198.51.100.3/32",), True)


ABROAD = CallSettingsFacts(international=True)


def subscriber(key, username, domain, number=None, *, is_active=True, credentials=(), settings=ABROAD):
    return SubscriberFacts(
        key,
        username,
        domain.id,
        domain.reseller_id,
        10 * key,
        "",
        is_active,
        None,
        number,
        tuple(credentials),
        settings,
    )


ALICE = subscriber(1, "alice", NORTH, "+4311001")
BOB = subscriber(2, "bob", NORTH, "+4311002")
ASLEEP = subscriber(3, "asleep", NORTH, is_active=False)
SOUTH_ALICE = subscriber(4, "alice", SOUTH, "+4321001")
SUBSCRIBERS = [ALICE, BOB, ASLEEP, SOUTH_ALICE]
NUMBERS = [
    NumberFacts("+4311001", 1, 1, "alice"),
    NumberFacts("+4311002", 2, 1, "bob"),
    NumberFacts("+4311003", None, None, None),
    NumberFacts("+4321001", 4, 2, "alice"),
]
ROUTES = [RouteFacts(1, "", 10), RouteFacts(2, "", 20), RouteFacts(2, "49", 30)]


def binding(contact, *, key=None, q=1000, expires_at=2e9, flow=None):
    transport = flow.split(":")[0] if flow else "udp"
    return Binding(
        key or contact, contact, "c", 1, q, expires_at, flow or "udp:192.0.2.50:5060", flow, transport, "", "", "",
        None, "edge",
    )  # fmt: skip


def fill(store):
    """Put all of it into a memory store."""
    for domain in (NORTH, SOUTH):
        store.domains.put(domain)
    for facts in SUBSCRIBERS:
        store.subscribers.put((facts.domain_id, facts.username), facts)
    for number in NUMBERS:
        store.numbers.put(number.e164, number)
    store.gateways.put(PSTN, *[route for route in ROUTES if route.gateway_id == PSTN.id])
    store.gateways.put(SPARE, *[route for route in ROUTES if route.gateway_id == SPARE.id])
    return store
