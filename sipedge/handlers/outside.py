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
from sipedge.handlers.stages import Stages, are_strangers
from sipedge.handlers.thinking import think
from sipedge.proxy import identity, secure, session_timer
from sipedge.proxy.forward import withdraw_credentials
from sipedge.routing.asked import query_of
from sipedge.routing.decision import Decision, Refused, ToGateways, ToSubscriber
from sipedge.routing.query import CallQuery
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
    began = services.clock.look()
    query = query_of(request, caller, began)
    decision = await think(query, services.network, services)
    if request.method != "INVITE":
        _proceed(exchange, query, decision, None)
        return
    call_id = calls.call_key(began, services.entropy(10))
    record = calls.begin(call_id, request, query, decision, services.config.name, began)
    with CallWatch(services, record) as watch:
        _proceed(exchange, query, decision, watch)


def _proceed(exchange: Exchange, query: CallQuery, decision: Decision, watch: CallWatch | None) -> None:
    request, caller = exchange.request, query.caller
    if exchange.cancelled:
        _refuse(exchange, watch, 487, None)
    elif (undoable := identity.undoable(request)) is not None and not _is_emergency(decision):
        _refuse(exchange, watch, 500, undoable)
    elif isinstance(decision.outcome, Refused):
        _refuse(exchange, watch, decision.outcome.status_code, decision.outcome.reason)
    elif _is_to_oneself(caller, decision, request.method):
        exchange.reply(489)
    elif request.method in _ORDERS and are_strangers(caller, decision.outcome):
        exchange.reply(403, "Phones take no orders from strangers")
    else:
        _forward(exchange, query, decision, watch)


def _is_emergency(decision: Decision) -> bool:
    return isinstance(decision.outcome, ToGateways) and decision.outcome.is_emergency


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


def _forward(exchange: Exchange, query: CallQuery, decision: Decision, watch: CallWatch | None) -> None:
    services = exchange.services
    request = _for_everybody(exchange, query.caller)
    timer = session_timer.ask(request, services.config.session_expires)
    if isinstance(timer, Rejection):
        _refuse(exchange, watch, timer.status_code, timer.reason, timer.headers)
        return
    stages = Stages(exchange, request, query, decision, watch)
    stage = stages.first()
    if not stage.groups:
        is_sips = request.uri.scheme == "sips"
        sent_by = services.listeners.of(exchange.flow).sent_by
        _refuse(exchange, watch, 480, None, (secure.warning(sent_by),) if is_sips else ())
        return
    record_routes = _recorder(exchange, watch.record.id if watch is not None else None, query.caller)
    Forwarding(exchange, request, stage, record_routes, watch=watch, timer=timer, further=stages.after).begin()
    services.telemetry.forwarded(request.method)


def _for_everybody(exchange: Exchange, caller: SubscriberFacts | GatewayFacts) -> Request:
    """The request without what was for us alone, and without what its sender may not say."""
    request = exchange.request.copy()
    if isinstance(caller, GatewayFacts):
        identity.from_trusted(request)
    else:
        withdraw_credentials(request)
        identity.from_untrusted(request)
    return request


def _recorder(
    exchange: Exchange, call_id: UUID | None, caller: SubscriberFacts | GatewayFacts
) -> Callable[[NextHop, Flow], Sequence[str]]:
    if exchange.request.method not in _BEGIN_DIALOGS:
        return lambda _hop, _flow: ()
    return lambda hop, flow: hops.record_routes(exchange, hop, flow, call_id, caller)
