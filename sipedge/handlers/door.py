"""The door for new requests: who is let in to a handler.

Nothing here is asked about a message that its transaction knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.guards.events import Kind, SecurityEvent
from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.dispatch import dispatch
from sipedge.handlers.guarding import charge, is_among
from sipedge.proxy.preprocess import preprocess
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request
from sipedge.store.interfaces import MISS, StoreUnavailable
from sipedge.store.waiting import start

if TYPE_CHECKING:
    from sipedge.handlers.services import Services


def welcome(services: Services, request: Request, flow: Flow, now: float) -> None:
    """A new request: on to its handler, unless its User-Agent or its source is banned."""
    charge(services, flow, now)
    if _is_scanner(services, request, flow):
        return
    if services.guard.is_banned(flow.host, now):
        start(_if_at_home(services, request, flow), lambda error: _lost(services, request, error))
    else:
        dispatch(services, request, flow)


def _is_scanner(services: Services, request: Request, flow: Flow) -> bool:
    user_agent = request.get("User-Agent")
    if user_agent is None or services.store.user_agents.find(user_agent) is None:
        return False
    if gateway_at(services, flow) is not None:
        return False
    services.telemetry.security(SecurityEvent(Kind.USER_AGENT, flow.host, flow.transport, detail=user_agent))
    return True


async def _if_at_home(services: Services, request: Request, flow: Flow) -> None:
    """Of a banned source only those are heard that are registered from there, and calls that stand."""
    if await _is_at_home(services, request, flow):
        dispatch(services, request, flow)
    else:
        services.abort(flow, "its source is banned")


async def _is_at_home(services: Services, request: Request, flow: Flow) -> bool:
    network, store = services.network, services.store
    try:
        if request.to_tag is not None:
            return preprocess(request, network.is_ours, services.config.record_route_key).token is not None
        claimed = request.to.uri if request.method == "REGISTER" else request.from_.uri
        domain, username = network.domain_of(claimed), claimed.user_unescaped
    except HeaderError:
        return False
    if domain is None or username is None:
        return False
    key = (domain.id, username.lower())
    found = store.subscribers.get(key)
    subscriber = await store.subscribers.fetch(key) if found is MISS else found
    if subscriber is None:
        return False
    known = store.bindings.get(subscriber.id)
    bindings = await store.bindings.fetch(subscriber.id) if known is MISS else known
    return is_among(bindings, flow.host, services.clock.living())


def _lost(services: Services, request: Request, error: Exception) -> None:
    """Silence, as for everybody of a banned source; a fault of our own is told nevertheless."""
    if not isinstance(error, StoreUnavailable):
        services.telemetry.exception("guard", error, request)
