"""Connections that gateways made are used for requests to them (RFC 5923), where they ask for it."""

from __future__ import annotations

from sipedge.facts import GatewayFacts
from sipedge.handlers.exchange import Exchange
from sipedge.variables import is_literal

_DEFAULT_PORTS = {"tcp": 5060, "tls": 5061}


def note_alias(exchange: Exchange, gateway: GatewayFacts) -> None:
    """A gateway's request has come: if its Via says `alias`, requests to the gateway may take this connection (§5).

    Over TLS its certificate has to have said who it is; over TCP its address does, as for all else.
    """
    flow, via = exchange.flow, exchange.request.top_via
    if flow.transport not in _DEFAULT_PORTS or via.param("alias") is None:
        return
    services = exchange.services
    name = ""
    if flow.transport == "tls":
        proven = [services.network.gateways.by_tls_name(name) for name in services.peer_names(flow)]
        if gateway not in proven:
            return
        name = "" if is_literal(gateway.host) else gateway.host
    services.reuse(flow, via.port or _DEFAULT_PORTS[flow.transport], name)
