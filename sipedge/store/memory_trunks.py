"""Gateways, their states, routes and destination rules of the store in memory.

Every question looks at all rows: what directories.py answers by tables made before is checked against this.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from sipedge.facts import DestinationRuleFacts, GatewayFacts, GatewayStateRecord, RouteFacts, tls_name_in


class MemoryGateways:
    """All gateways, routes and rules. See interfaces.GatewayDirectory."""

    def __init__(self) -> None:
        self._by_id: dict[int, GatewayFacts] = {}
        self._routes: list[RouteFacts] = []
        self._rules: list[DestinationRuleFacts] = []
        self._all: tuple[GatewayFacts, ...] = ()

    def put(self, gateway: GatewayFacts, *routes: RouteFacts) -> None:
        """Add or change a gateway, and add routes."""
        self._by_id[gateway.id] = gateway
        self._routes.extend(routes)
        self._all = tuple(self._by_id.values())

    def remove(self, gateway_id: int) -> None:
        """Take a gateway and its routes away."""
        del self._by_id[gateway_id]
        self._routes = [route for route in self._routes if route.gateway_id != gateway_id]
        self._all = tuple(self._by_id.values())

    def put_rules(self, *rules: DestinationRuleFacts) -> None:
        """Add rules."""
        self._rules.extend(rules)

    @property
    def all(self) -> tuple[GatewayFacts, ...]:
        """All gateways."""
        return self._all

    @property
    def routes(self) -> tuple[RouteFacts, ...]:
        """Lowest priority value first, then the longest prefix."""
        return tuple(
            sorted(self._routes, key=lambda route: (route.priority, -len(route.prefix), route.gateway_id, route.id))
        )

    def by_source(self, address: str) -> GatewayFacts | None:
        """The active gateway with the narrowest network around the address."""
        source = ip_address(address)
        found = [
            (ip_network(network).prefixlen, gateway.id)
            for gateway in self._by_id.values()
            for network in gateway.sources
            if gateway.is_active and source in ip_network(network)
        ]
        return self._by_id[max(found)[1]] if found else None

    def by_tls_name(self, name: str) -> GatewayFacts | None:
        """The active gateway that proves itself so."""
        wanted = tls_name_in(name)
        known = (gateway for gateway in self._by_id.values() if gateway.is_active and gateway.tls_name)
        return next((gateway for gateway in known if gateway.tls_name == wanted), None)

    def by_username(self, name: str) -> GatewayFacts | None:
        """The active gateway with this account."""
        known = (gateway for gateway in self._by_id.values() if gateway.is_active)
        return next((one for one in known if one.inbound is not None and one.inbound.username == name), None)

    def by_id(self, gateway_id: int) -> GatewayFacts | None:
        """By id."""
        return self._by_id.get(gateway_id)

    def routes_for(self, kind: str, digits: str) -> Sequence[RouteFacts]:
        """Those whose prefix fits, the longest first."""
        fitting = [route for route in self.routes if route.kind == kind and digits.startswith(route.prefix)]
        return sorted(fitting, key=lambda route: -len(route.prefix))

    def rules_for(self, kind: str, digits: str) -> Sequence[DestinationRuleFacts]:
        """Those of this kind whose prefix fits, the longest first."""
        fitting = (rule for rule in self._rules if rule.kind == kind and digits.startswith(rule.prefix))
        return sorted(fitting, key=lambda rule: -len(rule.prefix))


class MemoryGatewayStates:
    """What was said last of each gateway. See interfaces.GatewayStateStore."""

    def __init__(self) -> None:
        self.records: dict[tuple[int, str], GatewayStateRecord] = {}

    def save(self, state: GatewayStateRecord) -> None:
        """Keep it, by gateway and edge."""
        self.records[state.gateway_id, state.edge] = state
