"""What `decide` may ask for on its way, and the tables that it can look into without asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from numbering.formats import NumberFormat
from sipedge.facts import DestinationRuleFacts, DomainFacts, GatewayFacts, RouteFacts, SubscriberFacts
from sipedge.sip.uri import Uri


class SubscriberNeed(NamedTuple):
    """Answered with SubscriberFacts, or None when the domain has no such subscriber."""

    domain_id: int
    username: str


class NumberNeed(NamedTuple):
    """Answered with NumberFacts, or None when the number is not the provider's own."""

    e164: str


class BindingsNeed(NamedTuple):
    """Answered with the subscriber's current bindings, a sequence."""

    subscriber_id: int


class ChanceNeed(NamedTuple):
    """Answered with a random number in [0, 1), which orders these equally good routes."""

    routes: tuple[RouteFacts, ...]


Need = SubscriberNeed | NumberNeed | BindingsNeed | ChanceNeed


class Network(Protocol):
    """The small tables that are whole in memory, and what is known at this moment."""

    def domain_of(self, uri: Uri) -> DomainFacts | None:
        """The domain of ours that a URI is for; the default domain for a tel URI; None when it is for others."""
        ...

    def domain(self, domain_id: int) -> DomainFacts | None:
        """By key."""
        ...

    def number_format_of(self, subscriber: SubscriberFacts) -> NumberFormat:
        """How a subscriber dials: as it was set for it, else as its domain does."""
        ...

    def gateway(self, gateway_id: int) -> GatewayFacts | None:
        """By key, active or not."""
        ...

    def routes_for(self, kind: str, digits: str) -> Sequence[RouteFacts]:
        """All routes of a kind whose prefix these digits begin with, whosever they are."""
        ...

    def rules_for(self, kind: str, digits: str) -> Sequence[DestinationRuleFacts]:
        """All rules of a kind whose prefix these digits begin with."""
        ...

    def is_up(self, gateway_id: int) -> bool:
        """Whether a gateway is not known to be down."""
        ...

    def calls_of(self, kind: str, key: int) -> int:
        """How many calls ring or stand now for a subscriber, customer, reseller or gateway (kind), at all edges."""
        ...
