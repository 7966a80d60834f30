"""The provider's own addresses, domains, gateways and routes, as `decide` and the handlers ask for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from functools import lru_cache
from typing import Protocol

from numbering.formats import ONLY_E164, BareDigits, NumberFormat, SendsAs
from sipedge.facts import (
    DestinationRuleFacts,
    DomainFacts,
    GatewayFacts,
    NumberFormatFacts,
    RouteFacts,
    SubscriberFacts,
)
from sipedge.sip.uri import Uri, canonical_host


class Domains(Protocol):
    """All domains."""

    @property
    def default(self) -> DomainFacts | None:
        """The domain that the bound addresses are aliases of."""
        ...

    def by_name(self, host: str) -> DomainFacts | None:
        """By name or alias, in lower case."""
        ...

    def by_id(self, domain_id: int) -> DomainFacts | None:
        """By key."""
        ...


class Gateways(Protocol):
    """All gateways and routes."""

    def routes_for(self, kind: str, digits: str) -> Sequence[RouteFacts]:
        """All routes of a kind whose prefix these digits begin with, the longest first."""
        ...

    def rules_for(self, kind: str, digits: str) -> Sequence[DestinationRuleFacts]:
        """All rules of a kind whose prefix these digits begin with, the longest first."""
        ...

    def by_source(self, address: str) -> GatewayFacts | None:
        """The active gateway that sends from this address."""
        ...

    def by_tls_name(self, name: str) -> GatewayFacts | None:
        """The active gateway that a verified certificate with this name is for."""
        ...

    def by_username(self, name: str) -> GatewayFacts | None:
        """The active gateway that proves itself by digest under this name."""
        ...

    def by_id(self, gateway_id: int) -> GatewayFacts | None:
        """By key."""
        ...


class EdgeNetwork:
    """What is ours. `addresses` are the bound and advertised (host, port), hosts in lower case and without brackets.

    is_up, calls_of: see needs.Network; those who do not care are told that all is well.
    """

    def __init__(
        self,
        domains: Domains,
        gateways: Gateways,
        addresses: Collection[tuple[str, int]],
        *,
        is_up: Callable[[int], bool] = lambda _gateway_id: True,
        calls_of: Callable[[str, int], int] = lambda _kind, _key: 0,
    ) -> None:
        self.domains = domains
        self.gateways = gateways
        self.domain, self.gateway = domains.by_id, gateways.by_id
        self.routes_for, self.rules_for = gateways.routes_for, gateways.rules_for
        self.is_up, self.calls_of = is_up, calls_of
        self._addresses = frozenset((canonical_host(host), port) for host, port in addresses)
        self._ports = frozenset(port for _, port in addresses)

    def counting(self, calls_of: Callable[[str, int], int]) -> EdgeNetwork:
        """The same, for who has to count calls in another way."""
        other = copy(self)
        other.calls_of = calls_of
        return other

    def domain_of(self, uri: Uri) -> DomainFacts | None:
        """The domain that a request URI is for, None when it is for somebody else.

        Ours is one of our addresses with one of our ports, or a domain's name or alias with no port or one of ours.
        """
        if uri.scheme == "tel":
            return self.domains.default
        if uri.scheme not in ("sip", "sips"):
            return None
        if uri.port is not None and uri.port not in self._ports:
            return None
        domain = self.domains.by_name(uri.host)
        if domain is None and _is_respelt(uri.host):
            domain = self.domains.by_name(canonical_host(uri.host))
        return domain if domain is not None else self.domains.default if self.is_own_address(uri) else None

    def is_own_address(self, uri: Uri) -> bool:
        """Whether a URI names this edge itself, by address and port (5060, for TLS 5061, where it names none)."""
        host = canonical_host(uri.host) if _is_respelt(uri.host) else uri.host
        return (host, uri.port or default_port(uri)) in self._addresses

    def is_ours(self, uri: Uri) -> bool:
        """Whether a Route with this URI means us."""
        return self.is_own_address(uri) or self.domain_of(uri) is not None

    def number_format_of(self, subscriber: SubscriberFacts) -> NumberFormat:
        """How a subscriber dials: by its own format, else as its domain does."""
        if subscriber.number_format is not None:
            return number_format(subscriber.number_format)
        domain = self.domains.by_id(subscriber.domain_id)
        return number_format(domain.number_format if domain else None)


def _is_respelt(host: str) -> bool:
    """Whether a host may have another spelling: an IPv6 address, or a name with its last dot."""
    return ":" in host or host[-1:] == "."


def default_port(uri: Uri) -> int:
    """The port that a SIP URI without one means (RFC 3261 §19.1.2): 5061 for TLS, 5060 for all else."""
    is_tls = uri.scheme == "sips" or (uri.param("transport") or "").lower() == "tls"
    return 5061 if is_tls else 5060


@lru_cache(maxsize=256)
def number_format(facts: NumberFormatFacts | None) -> NumberFormat:
    """A row of edge_number_format as the value that numbering's pure functions take.

    None: who was given no format writes E.164 with a plus and nothing else.
    """
    if facts is None:
        return ONLY_E164
    return NumberFormat(
        name=facts.name,
        country_code=facts.country_code,
        international_prefix=facts.international_prefix,
        national_prefix=facts.national_prefix,
        area_code=facts.area_code,
        bare_digits=BareDigits(facts.bare_digits),
        sends_as=SendsAs(facts.sends_as),
        plan=facts.plan,
        extension_base=facts.extension_base,
        extension_digits=facts.extension_digits,
        emergency_numbers=facts.emergency_numbers,
        service_numbers=facts.service_numbers,
    )
