"""Where handlers meet the guard: what costs its source a token, whose credentials are checked, and what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.auth.authenticate import Challenge
from sipedge.facts import DomainFacts, SubscriberFacts
from sipedge.guards.events import Kind, SecurityEvent, ban_event
from sipedge.guards.sources import source_of
from sipedge.handlers.exchange import Exchange
from sipedge.sip.flow import Flow, parse_flow
from sipedge.store.interfaces import MISS

if TYPE_CHECKING:
    from sipedge.handlers.services import Services
    from sipedge.registrar.binding import Binding


def charge(services: Services, flow: Flow, now: float) -> None:
    """Something came that has proved nothing: its source pays for it, and is told of when it has nothing left."""
    if services.guard.charge(flow.host, now):
        detail = f"more than {services.guard.limits.rate:g} requests a second without proof"
        services.telemetry.security(SecurityEvent(Kind.RATE_LIMITED, flow.host, flow.transport, detail=detail))


def may_check(
    exchange: Exchange, key: tuple[int, str], subscriber: SubscriberFacts | None, claimed: str | None
) -> bool:
    """Whether these credentials are checked at all. From a banned source only those of who is at home there are."""
    services, host = exchange.services, exchange.flow.host
    now = services.now()
    if services.guard.is_banned(host, now) and key[1] != claimed:
        return False
    return services.guard.may_check(host, key, now, lambda: _is_at_home(services, subscriber, host))


def refused(
    exchange: Exchange, key: tuple[int, str], domain: DomainFacts, result: Challenge, *, was_checked: bool
) -> None:
    """Credentials with a fresh nonce were refused: count it, and tell it."""
    services, flow = exchange.services, exchange.flow
    aor, ban = f"{key[1]}@{domain.name}", None
    if result.replayed:
        kind, detail = Kind.REPLAY, "nonce and count were used before"
    elif was_checked:
        kind, detail = Kind.LOGIN_FAILED, "wrong user or password"
        ban = services.guard.failed(flow.host, key, services.now(), services.wall())
    else:
        kind, detail = Kind.LOGIN_BLOCKED, "too many failures before, not checked"
    services.telemetry.security(SecurityEvent(kind, flow.host, flow.transport, aor, detail))
    if ban is not None:
        services.telemetry.security(ban_event(ban, flow.host, flow.transport))


def _is_at_home(services: Services, subscriber: SubscriberFacts | None, host: str) -> bool:
    """As far as memory knows: waiting for PostgreSQL would tell known users from unknown ones."""
    known = services.store.bindings.get(subscriber.id) if subscriber is not None else MISS
    return known is not MISS and is_among(known, host, services.clock.living())


def is_among(bindings: tuple[Binding, ...], host: str, living: float) -> bool:
    """Whether one of these bindings holds and was made from the source of `host`."""
    source = source_of(host)
    return any(
        binding.expires_at > living and source_of(parse_flow(binding.received_from).host) == source
        for binding in bindings
    )
