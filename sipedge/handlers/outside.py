"""Requests that begin something: INVITE, and MESSAGE, SUBSCRIBE and their like outside of a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sipedge.dialog import call as calls
from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.handlers import hops
from sipedge.handlers.authentication import identify
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.forwarding import Forwarding
from sipedge.handlers.hops import NextHop
from sipedge.handlers.records import CallWatch
from sipedge.handlers.thinking import think
from sipedge.proxy import identity, secure, session_timer
from sipedge.proxy.forward import withdraw_credentials
from sipedge.proxy.response_context import any_failure
from sipedge.routing.decide import CallQuery
from sipedge.routing.decision import Decision, Refused, ToGateways, ToSubscriber
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.sip.validate import Rejection

Headers = tuple[tuple[str, str], ...]
_OWN_EVENTS: Final = ("SUBSCRIBE", "PUBLISH")
"""Sent by phones to their own address they are meant for a server, never for the user's other phones."""
_ORDERS: Final = ("REFER", "NOTIFY")
"""Outside of a dialog they tell a phone to call somebody, to fetch its settings, to restart."""
_BEGIN_DIALOGS: Final = ("INVITE", "SUBSCRIBE", "REFER")


async def begin(exchange: Exchange) -> None:
    """Find out who asks and where it is to go, and send it there."""
    caller = await identify(exchange)
    if caller is None:
        return
    exchange.open()
    request, services = exchange.request, exchange.services
    if request.method == "INVITE":
        exchange.trying()
    sender = identity.believed(request) if isinstance(caller, GatewayFacts) else request.from_.uri
    query = CallQuery(request.method, request.uri, sender, caller)
    decision = await think(query, services.network, services.store)
    if request.method != "INVITE":
        _proceed(exchange, caller, decision, None)
        return
    began = services.clock.look()
    call_id = calls.call_key(began, services.entropy(10))
    record = calls.begin(call_id, request, query, decision, services.config.name, began)
    with CallWatch(services, record) as watch:
        _proceed(exchange, caller, decision, watch)


def _proceed(
    exchange: Exchange, caller: SubscriberFacts | GatewayFacts, decision: Decision, watch: CallWatch | None
) -> None:
    request = exchange.request
    if exchange.cancelled:
        _refuse(exchange, watch, 487, None)
    elif (undoable := identity.undoable(request)) is not None:
        _refuse(exchange, watch, 500, undoable)
    elif isinstance(decision.outcome, Refused):
        _refuse(exchange, watch, decision.outcome.status_code, decision.outcome.reason)
    elif _is_to_oneself(caller, decision, request.method):
        exchange.reply(489)
    elif request.method in _ORDERS and _are_strangers(caller, decision):
        exchange.reply(403, "Phones take no orders from strangers")
    else:
        _forward(exchange, caller, decision, watch)


def _refuse(
    exchange: Exchange,
    watch: CallWatch | None,
    status_code: int,
    reason: str | None,
    headers: Headers = (),
) -> None:
    exchange.reply(status_code, reason, headers)
    if watch is not None:
        watch.refused(status_code, reason or "")


def _is_to_oneself(caller: SubscriberFacts | GatewayFacts, decision: Decision, method: str) -> bool:
    """RFC 3842's message-summary and its like: nobody here keeps such state, and the sender's phones do not either."""
    outcome = decision.outcome
    return (
        method in _OWN_EVENTS
        and isinstance(caller, SubscriberFacts)
        and isinstance(outcome, ToSubscriber)
        and outcome.subscriber.id == caller.id
    )


def _forward(
    exchange: Exchange, caller: SubscriberFacts | GatewayFacts, decision: Decision, watch: CallWatch | None
) -> None:
    services = exchange.services
    groups, goes_on_after = _targets(exchange, decision)
    request = _presentable(exchange, caller, decision)
    headers: Headers = ()
    if request.uri.scheme == "sips":
        groups = hops.secure_only(groups, request)
        headers = (secure.warning(services.listeners.of(exchange.flow).sent_by),)
    else:
        groups = hops.plainly_named(groups)
    if not groups:
        _refuse(exchange, watch, 480, None, headers)
        return
    timer = session_timer.ask(request, services.config.session_expires)
    if isinstance(timer, Rejection):
        _refuse(exchange, watch, timer.status_code, timer.reason, timer.headers)
        return
    record_routes = _recorder(exchange, watch.record.id if watch is not None else None, caller)
    Forwarding(exchange, request, groups, record_routes, goes_on_after=goes_on_after, watch=watch, timer=timer).begin()
    services.telemetry.forwarded(request.method)


def _targets(exchange: Exchange, decision: Decision) -> tuple[list[Sequence[NextHop]], Callable[[int], bool]]:
    outcome = decision.outcome
    if isinstance(outcome, ToGateways):
        return hops.gateways(outcome.attempts), gateway_failed
    if isinstance(outcome, ToSubscriber):
        return hops.phones(outcome.bindings, exchange.services.clock.living()), any_failure
    return [], any_failure


def _recorder(
    exchange: Exchange, call_id: UUID | None, caller: SubscriberFacts | GatewayFacts
) -> Callable[[NextHop, Flow], Sequence[str]]:
    if exchange.request.method not in _BEGIN_DIALOGS:
        return lambda _hop, _flow: ()
    return lambda hop, flow: hops.record_routes(exchange, hop, flow, call_id, caller)


def gateway_failed(status_code: int) -> bool:
    """Whether the next gateway may do better: this one was silent, broken, or pointed elsewhere (nobody goes there),
    rather than the callee unwilling.
    """
    return status_code == 408 or 300 <= status_code < 400 or 500 <= status_code < 600


def _presentable(exchange: Exchange, caller: SubscriberFacts | GatewayFacts, decision: Decision) -> Request:
    """The request without what was for us alone, and with our word for who calls."""
    request, network = exchange.request.copy(), exchange.services.network
    is_to_gateway = isinstance(decision.outcome, ToGateways)
    if isinstance(caller, GatewayFacts):
        identity.from_trusted(request)
    else:
        withdraw_credentials(request)
        domain = network.domains.by_id(caller.domain_id)
        asserted = identity.asserted(request, caller, domain, network.reader_of(caller)) if domain else ""
        identity.from_untrusted(request)
        if is_to_gateway and asserted:
            identity.towards_trusted(request, asserted)
    if not is_to_gateway:
        identity.towards_untrusted(request)
    if _are_strangers(caller, decision):
        identity.without_orders(request)
    return request


def _are_strangers(caller: SubscriberFacts | GatewayFacts, decision: Decision) -> bool:
    """Whether a phone is called by somebody who is not of its own customer."""
    outcome = decision.outcome
    return isinstance(outcome, ToSubscriber) and (
        isinstance(caller, GatewayFacts) or caller.customer_id != outcome.subscriber.customer_id
    )
