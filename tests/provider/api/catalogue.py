"""What the generated tests of the API have to know of a collection: whose what is, and what is sent to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from events.models import Event
from imports.models import ImportJob
from tests.factories.two_resellers import Side
from trunking.models import BlockPurchase, DestinationRule, Route

Body = Callable[[Side], dict[str, Any]]
WRITERS = frozenset({"admin", "reseller"})
ADMINS = frozenset({"admin"})
READERS = frozenset({"admin", "reseller", "customer"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A collection.

    own: a side's object, to be read, changed and removed. body: what makes another one, in that side's terms. change:
    what changes it. file: what makes another one where that is a file, and its `body` what the address says. question:
    what its list has to be asked. actions: the bodies of its other operations, by the last part of their address.
    readers, writers: the roles that may, of those who see it. in_the_way: operations that what stands does not allow
    (409). for_admins: writes of other roles' collections that are for these alone.
    """

    own: Callable[[Side], Any]
    body: Body | None = None
    change: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    question: Body = lambda side: {}  # noqa: ARG005
    actions: Mapping[str, Body] = field(default_factory=dict)
    readers: frozenset[str] = READERS
    writers: frozenset[str] = WRITERS
    in_the_way: frozenset[str] = frozenset()
    for_admins: frozenset[str] = frozenset()


def _route(side: Side) -> Route:
    return Route.objects.get(reseller=side.reseller)


ENTRIES: dict[str, Entry] = {
    "customers": Entry(
        own=lambda side: side.customer,
        body=lambda side: {"name": "Another", "reseller": str(side.reseller.uid)},
        change={"name": "Renamed"},
        in_the_way=frozenset({"destroy"}),  # it has subscribers
    ),
    "resellers": Entry(
        own=lambda side: side.reseller,
        body=lambda _side: {"name": "Another", "max_calls": 30},
        change={"max_calls": 5},
        readers=frozenset({"admin", "reseller"}),
        writers=frozenset({"admin"}),
        in_the_way=frozenset({"destroy"}),  # it has all the rest
    ),
    "users": Entry(
        own=lambda side: side.customer_user,
        body=lambda side: {"username": "another", "customer": str(side.customer.uid)},
        change={"first_name": "Renamed"},
        actions={"set_password": lambda _side: {}},
    ),
    "tokens": Entry(
        own=lambda side: side.customer_token,
        body=lambda side: {"name": "Another", "user": str(side.customer_user.uid), "scopes": ["subscribers:read"]},
        change={"name": "Renamed"},
        writers=READERS,
    ),
    "domains": Entry(
        own=lambda side: side.domain,
        body=lambda side: {"name": f"new.{side.domain.name}", "reseller": str(side.reseller.uid)},
        change={"strict_call_id": True},
        in_the_way=frozenset({"destroy"}),  # it has subscribers
    ),
    "domain-aliases": Entry(
        own=lambda side: side.domain.names.get(is_primary=False),
        body=lambda side: {"domain": str(side.domain.uid), "name": f"new.{side.domain.name}"},
    ),
    "subscribers": Entry(
        own=lambda side: side.alice,
        body=lambda side: {
            "username": "carol",
            "domain": str(side.domain.uid),
            "customer": str(side.customer.uid),
        },
        change={"display_name": "Renamed"},
    ),
    "credentials": Entry(
        own=lambda side: side.alice_credential,
        body=lambda side: {"subscriber": str(side.alice.uid)},
        change={"label": "Renamed"},
        question=lambda side: {"subscriber": str(side.alice.uid)},
        actions={"rotate": lambda _side: {}},
    ),
    "call-settings": Entry(own=lambda side: side.alice, change={"do_not_disturb": True}, writers=READERS),
    "registrations": Entry(own=lambda side: side.alice_binding),
    "numbers": Entry(
        own=lambda side: side.alice_number,
        body=lambda side: {
            "e164": side.reseller.number_blocks.get().first,
            "reseller": str(side.reseller.uid),
        },
        change={"note": "Renamed"},
        actions={
            "allocate": lambda side: {"count": 1, "block": str(side.reseller.number_blocks.get().uid)},
            "release": lambda _side: {},
            "end_quarantine": lambda _side: {},
            "port_out": lambda _side: {"to": "Another provider"},
            "port_back": lambda _side: {},
            "port_in": lambda side: {"e164": "+4366412345", "reseller": str(side.reseller.uid)},
        },
        for_admins=frozenset({"port_in", "port_back"}),
        in_the_way=frozenset({"destroy", "end_quarantine", "port_back"}),  # somebody has it
    ),
    "number-blocks": Entry(
        own=lambda side: side.reseller.number_blocks.get(),
        body=lambda side: {"first": "+4318000", "last": "+4318099", "reseller": str(side.reseller.uid)},
        change={"note": "Renamed"},
        actions={
            "give": lambda side: {"reseller": str(side.reseller.uid)},
            "take_back": lambda _side: {},
            "split": lambda side: dict.fromkeys(("first", "last"), side.reseller.number_blocks.get().first),
        },
        readers=frozenset({"admin", "reseller"}),
        writers=frozenset({"admin"}),
        in_the_way=frozenset({"destroy", "give"}),  # a reseller has it
    ),
    "number-formats": Entry(
        own=lambda side: side.bob.dial_settings.number_format,
        body=lambda _side: {"name": "Another", "country_code": "43"},
        change={"area_code": "1"},
        actions={"try_it": lambda _side: {"dialled": ["01 1001"]}},
        writers=frozenset({"admin"}),
        in_the_way=frozenset({"destroy"}),  # bob dials so
    ),
    "dial-settings": Entry(
        own=lambda side: side.bob.dial_settings,
        body=lambda side: {
            "subscriber": str(side.alice.uid),
            "number_format": str(side.bob.dial_settings.number_format.uid),
        },
        change={"domain": None},
    ),
    "number-assignments": Entry(
        own=lambda side: side.alice_assignment,
        body=lambda side: {"number": str(side.free_number.uid), "subscriber": str(side.alice.uid)},
        change={"is_main": False},
    ),
    "carriers": Entry(
        own=lambda side: _route(side).gateway.carrier,
        body=lambda _side: {"name": "Another"},
        change={"name": "Renamed"},
        readers=ADMINS,
        writers=ADMINS,
        in_the_way=frozenset({"destroy"}),  # it has a gateway
    ),
    "gateways": Entry(
        own=lambda side: _route(side).gateway,
        body=lambda side: {"name": "Another", "carrier": str(_route(side).gateway.carrier.uid), "host": "192.0.2.1"},
        change={"name": "Renamed"},
        readers=WRITERS,
        writers=ADMINS,
    ),
    "routes": Entry(
        own=_route,
        body=lambda side: {"gateway": str(_route(side).gateway.uid), "prefix": "43", "domain": str(side.domain.uid)},
        change={"priority": 7},
        readers=WRITERS,
        writers=ADMINS,
    ),
    "destination-rules": Entry(
        own=lambda side: DestinationRule.objects.get(reseller=side.reseller),
        body=lambda side: {"prefix": "43900", "customer": str(side.customer.uid)},
        change={"reason": "Renamed"},
        actions={"ready_made": lambda side: {"sets": ["satellite"], "customer": str(side.customer.uid)}},
        readers=WRITERS,
        writers=ADMINS,
    ),
    "block-purchases": Entry(
        own=lambda side: BlockPurchase.objects.get(contract=side.reseller.name),
        body=lambda side: {
            "block": str(side.reseller.number_blocks.get().uid),
            "carrier": str(_route(side).gateway.carrier.uid),
        },
        change={"contract": "4711"},
        readers=ADMINS,
        writers=ADMINS,
    ),
    "calls": Entry(
        own=lambda side: side.ended_call,
        actions={"hang_up": lambda _side: {}},
        in_the_way=frozenset({"hang_up"}),  # it has ended
    ),
    "imports": Entry(
        own=lambda side: ImportJob.objects.filter(reseller=side.reseller).earliest("id"),
        body=lambda side: {"kind": "subscribers", "reseller": str(side.reseller.uid)},
        file="username,domain\n",
        actions={"cancel": lambda _side: {}, "apply": lambda _side: {}, "passwords": lambda _side: {}},
        readers=WRITERS,
        in_the_way=frozenset({"apply", "passwords"}),  # it was not tried, and has not ended
    ),
    "webhooks": Entry(
        own=lambda side: side.reseller.webhooks.get(),
        body=lambda side: {"url": "https://shop.example.org/hook", "customer": str(side.customer.uid)},
        change={"description": "Renamed"},
        actions={
            "rotate": lambda _side: {},
            "ping": lambda _side: {},
            "replay": lambda _side: {"since": timezone.now().isoformat()},
        },
        writers=READERS,
    ),
    "webhook-deliveries": Entry(
        own=lambda side: side.reseller.webhooks.get().deliveries.get(),
        question=lambda side: {"webhook": str(side.reseller.webhooks.get().uid)},
        actions={"replay": lambda _side: {}},
        writers=READERS,
    ),
    "events": Entry(own=lambda side: Event.objects.get(type="customer.created", customer=side.customer.uid)),
}

# What an id in a request can refer to, by the name of its member or parameter.
REFERRED: dict[str, Callable[[Side], Any]] = {
    "block": lambda side: side.reseller.number_blocks.get(),
    "carrier": lambda side: _route(side).gateway.carrier,
    "customer": lambda side: side.customer,
    "domain": lambda side: side.domain,
    "gateway": lambda side: _route(side).gateway,
    "number": lambda side: side.free_number,
    "object": lambda side: side.alice,
    "reseller": lambda side: side.reseller,
    "subscriber": lambda side: side.alice,
    "event": lambda side: side.alice_number,  # no reference: what is of nobody's deliveries
    "webhook": lambda side: side.reseller.webhooks.get(),
    "user": lambda side: side.customer_user,
}
