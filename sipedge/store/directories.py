"""Domains, gateways and routes: whole tables in memory, so that every question about them is answered at once.

They are small, and change when somebody in the panel changes something; then the whole of them is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Generic, TypeAlias, TypeVar

from sipedge.facts import DestinationRuleFacts, DomainFacts, GatewayFacts, RouteFacts, tls_name_in

Prefixed = TypeVar("Prefixed", RouteFacts, DestinationRuleFacts)

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

KNOWN_SOURCES: Final = 4096
"""Source addresses whose gateway, or none, is remembered."""


class Domains:
    """See interfaces.DomainDirectory. `load` replaces everything in one go."""

    def __init__(self) -> None:
        self._by_id: dict[int, DomainFacts] = {}
        self._by_name: dict[str, DomainFacts] = {}
        self._default: DomainFacts | None = None
        self.by_id = self._by_id.get
        self.by_name = self._by_name.get

    @property
    def default(self) -> DomainFacts | None:
        """The domain whose aliases the bound addresses are."""
        return self._default

    def load(self, domains: Iterable[DomainFacts]) -> bool:
        """Know exactly these. Gives whether one that was known asks for another digest algorithm now."""
        domains = list(domains)
        known = {domain.id: domain.digest_algorithm for domain in self._by_id.values()}
        changed = any(known.get(domain.id, domain.digest_algorithm) != domain.digest_algorithm for domain in domains)
        self._by_id.clear()
        self._by_id.update({domain.id: domain for domain in domains})
        self._by_name.clear()
        self._by_name.update({name: domain for domain in domains for name in domain.names})
        self._default = next((domain for domain in domains if domain.is_default), None)
        return changed


class Prefixes(Generic[Prefixed]):
    """Rows by the digits that a number begins with.

    A look-up asks a dict once for each length that any row has: 16 times at most, however many rows there are.
    """

    def __init__(self, rows: Iterable[Prefixed] = ()) -> None:
        """rows: of one prefix they stay in this order."""
        by_prefix: dict[str, list[Prefixed]] = {}
        for row in rows:
            by_prefix.setdefault(row.prefix, []).append(row)
        self._by_prefix: dict[str, tuple[Prefixed, ...]] = {prefix: tuple(found) for prefix, found in by_prefix.items()}
        self._lengths = sorted({len(prefix) for prefix in by_prefix}, reverse=True)

    def of(self, digits: str) -> tuple[Prefixed, ...]:
        """All rows whose prefix `digits` begin with, the longest prefix first."""
        found: tuple[Prefixed, ...] = ()
        by_prefix, most = self._by_prefix, len(digits)
        for length in self._lengths:
            if length <= most and (rows := by_prefix.get(digits[:length])) is not None:
                found = found + rows if found else rows
        return found


_NO_ROUTES: Final[Prefixes[RouteFacts]] = Prefixes()
_NO_RULES: Final[Prefixes[DestinationRuleFacts]] = Prefixes()


class RouteTables:
    """All routes and rules, ready to be asked. Of 20,000 routes it takes some 40 ms to make: not in the edge's loop."""

    def __init__(self, routes: Iterable[RouteFacts], rules: Iterable[DestinationRuleFacts]) -> None:
        self.routes = tuple(sorted(routes, key=_route_order))
        self.by_kind = _by_kind(self.routes)
        self.rules_by_kind = _by_kind(tuple(rules))


def _by_kind(rows: Sequence[Prefixed]) -> dict[str, Prefixes[Prefixed]]:
    kinds = {row.kind for row in rows}
    return {kind: Prefixes(row for row in rows if row.kind == kind) for kind in kinds}


class Gateways:
    """See interfaces.GatewayDirectory. `load` replaces everything in one go."""

    def __init__(self) -> None:
        self._all: tuple[GatewayFacts, ...] = ()
        self._by_id: dict[int, GatewayFacts] = {}
        self._networks: list[tuple[int, dict[Network, GatewayFacts]]] = []
        self._by_tls_name: dict[str, GatewayFacts] = {}
        self._by_username: dict[str, GatewayFacts] = {}
        self._tables = RouteTables((), ())
        self.by_id: Callable[[int], GatewayFacts | None] = self._by_id.get
        self.by_source = lru_cache(KNOWN_SOURCES)(self._find)

    @property
    def all(self) -> tuple[GatewayFacts, ...]:
        """See interfaces.GatewayDirectory."""
        return self._all

    @property
    def routes(self) -> tuple[RouteFacts, ...]:
        """All routes, lowest priority value first, then the longest prefix, then the oldest gateway."""
        return self._tables.routes

    def load(
        self,
        gateways: Iterable[GatewayFacts],
        routes: Iterable[RouteFacts],
        rules: Iterable[DestinationRuleFacts] = (),
    ) -> None:
        """Know exactly these."""
        self.replace(gateways, RouteTables(routes, rules))

    def replace(self, gateways: Iterable[GatewayFacts], tables: RouteTables) -> None:
        """Know exactly these, of which the tables were made before."""
        self._all = gateways = tuple(gateways)
        self._by_id.clear()
        self._by_id.update({gateway.id: gateway for gateway in gateways})
        active = [one for one in gateways if one.is_active]
        self._networks = _by_length(active)
        self._by_tls_name = {one.tls_name: one for one in active if one.tls_name}
        self._by_username = {one.inbound.username: one for one in active if one.inbound is not None}
        self._tables = tables
        self.by_source.cache_clear()

    def by_tls_name(self, name: str) -> GatewayFacts | None:
        """See interfaces.GatewayDirectory."""
        return self._by_tls_name.get(tls_name_in(name))

    def by_username(self, name: str) -> GatewayFacts | None:
        """See interfaces.GatewayDirectory."""
        return self._by_username.get(name)

    def routes_for(self, kind: str, digits: str) -> Sequence[RouteFacts]:
        """See interfaces.GatewayDirectory."""
        return self._tables.by_kind.get(kind, _NO_ROUTES).of(digits)

    def rules_for(self, kind: str, digits: str) -> Sequence[DestinationRuleFacts]:
        """See interfaces.GatewayDirectory."""
        return self._tables.rules_by_kind.get(kind, _NO_RULES).of(digits)

    def _find(self, address: str) -> GatewayFacts | None:
        source = ip_address(address)
        if isinstance(source, IPv6Address) and source.ipv4_mapped is not None:
            source = source.ipv4_mapped
        for length, networks in self._networks:
            if length <= source.max_prefixlen:
                found = networks.get(ip_network((source, length), strict=False))
                if found is not None:
                    return found
        return None


def _route_order(route: RouteFacts) -> tuple[int, int, int, int]:
    return route.priority, -len(route.prefix), route.gateway_id, route.id


def _by_length(gateways: Iterable[GatewayFacts]) -> list[tuple[int, dict[Network, GatewayFacts]]]:
    """Networks of gateways by prefix length, the narrowest first: a look-up asks once for each length."""
    lengths: dict[int, dict[Network, GatewayFacts]] = {}
    for gateway in gateways:
        for source in gateway.sources:
            network = ip_network(source, strict=False)
            lengths.setdefault(network.prefixlen, {})[network] = gateway
    return sorted(lengths.items(), reverse=True)
