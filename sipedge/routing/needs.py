"""What `decide` may ask for on its way, and the tables that it can look into without asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from numbering.formats import NumberFormat
from sipedge.facts import DomainFacts, GatewayFacts, SubscriberFacts
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


Need = SubscriberNeed | NumberNeed | BindingsNeed


class Network(Protocol):
    """The small tables that are whole in memory."""

    def domain_of(self, uri: Uri) -> DomainFacts | None:
        """The domain of ours that a URI is for; the default domain for a tel URI; None when it is for others."""
        ...

    def number_format_of(self, subscriber: SubscriberFacts) -> NumberFormat:
        """How a subscriber dials: as its domain does."""
        ...

    def gateways_for(self, e164: str) -> Sequence[GatewayFacts]:
        """The gateways to try for a number, best first."""
        ...
