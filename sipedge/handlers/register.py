"""REGISTER: who is it, what does it change, is it committed, 200 (RFC 3261 §10.3)."""

from __future__ import annotations

from typing import Final

from sipedge.facts import DomainFacts, SubscriberFacts
from sipedge.handlers.authentication import prove
from sipedge.handlers.exchange import Exchange
from sipedge.registrar.register import RegisterDecision, apply_register, response_contacts
from sipedge.registrar.service_route import service_route
from sipedge.sip.validate import Rejection
from sipedge.store.interfaces import MISS, CommitOutcome, StoreUnavailable
from sipedge.telemetry import http_date

MAX_TRIES: Final = 10
"""How often a REGISTER is decided anew because somebody else changed the same bindings meanwhile."""
CONNECTION_ENDED: Final = Rejection(430, "Flow Failed")
"""The phone does not read it, but nothing is bound to a connection that is gone."""


async def register(exchange: Exchange) -> None:
    """Handle one REGISTER. Its 200 goes out when its bindings are committed, and not before."""
    request, network = exchange.request, exchange.services.network
    domain = network.domain_of(request.uri)
    # Step 1 and 2: is it for us, and do we understand what it requires?
    if domain is None:
        exchange.reply(404, "Not a domain of ours")
        return
    if request.get("Require") is not None and (unknown := _unknown_options(exchange)):
        exchange.reply(420, None, (("Unsupported", ", ".join(unknown)),))
        return
    # Step 5: the address-of-record
    to = request.to.uri
    if network.domain_of(to) is not domain or to.user_unescaped is None:
        exchange.reply(404, "Not an address of this domain")
        return
    # Step 3 and 4: who is it, and may it? (One digest for one address-of-record: both at once)
    subscriber = await prove(exchange, domain, to.user_unescaped.lower(), 401)
    if isinstance(subscriber, SubscriberFacts):
        await change(exchange, domain, subscriber)


def _unknown_options(exchange: Exchange) -> list[str]:
    """Option tags of Require that are not understood. Flows over UDP are not kept open here (RFC 5626 §6)."""
    request = exchange.request
    understood = ("path", "outbound") if exchange.flow.reliable or request.get("Path") is not None else ("path",)
    return [option for option in request.values("Require") if option.lower() not in understood]


async def change(exchange: Exchange, domain: DomainFacts, subscriber: SubscriberFacts) -> None:
    """Steps 6 to 8, one undecided change of an address-of-record at a time."""
    turn = exchange.services.store.bindings.turn(subscriber.id)
    if turn is not None:
        await turn
    await change_again(exchange, domain, subscriber)


async def change_again(exchange: Exchange, domain: DomainFacts, subscriber: SubscriberFacts) -> None:
    """The same with the turn taken, which is given back."""
    services = exchange.services
    try:
        decision = await _decide_and_commit(exchange, domain, subscriber)
    finally:
        services.store.bindings.release(subscriber.id)
    if isinstance(decision, Rejection):
        exchange.reply(decision.status_code, decision.reason, decision.headers)
        return
    now = services.wall()
    headers = [("Contact", contact) for contact in response_contacts(decision.bindings, now)]
    headers += decision.headers
    headers += service_route(services.listeners.of(exchange.flow), exchange.request.uri.host)
    headers.append(("Date", http_date(now)))
    exchange.reply(200, None, headers)
    services.telemetry.registered(subscriber, decision)
    services.flows.registered(subscriber.id, decision)


async def _decide_and_commit(
    exchange: Exchange, domain: DomainFacts, subscriber: SubscriberFacts
) -> RegisterDecision | Rejection:
    services, connection = exchange.services, exchange.flow.connection
    bindings = services.store.bindings
    for _ in range(MAX_TRIES):
        known = bindings.get(subscriber.id)
        current = await bindings.fetch(subscriber.id) if known is MISS else known
        decision = apply_register(
            current, exchange.request, exchange.flow, services.wall(), services.limits,
            services.config.name, services.network.is_ours, strict_call_id=domain.strict_call_id,
            living=services.clock.living(),
        )  # fmt: skip
        if isinstance(decision, Rejection):
            return decision
        if connection and not services.flows.expect(connection, subscriber.id, decision):
            return CONNECTION_ENDED
        if await bindings.commit(subscriber.id, decision) is CommitOutcome.COMMITTED:
            return decision
    raise StoreUnavailable("others keep changing this address-of-record")
