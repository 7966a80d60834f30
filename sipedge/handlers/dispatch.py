"""Which handler a new request goes to. The checks of RFC 3261 §16.3 come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.guards.events import Kind, SecurityEvent
from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.cancel import cancel
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.in_dialog import pass_on
from sipedge.handlers.options import options
from sipedge.handlers.outside import begin
from sipedge.handlers.register import register
from sipedge.proxy.preprocess import first_route, preprocess
from sipedge.proxy.request_validation import refusal
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request
from sipedge.sip.plain_request import PlainRequest
from sipedge.sip.validate import Rejection, validate_request
from sipedge.store.waiting import start

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

_ONLY_IN_DIALOGS = frozenset({"BYE", "PRACK", "UPDATE", "INFO"})


def dispatch(services: Services, request: Request, flow: Flow) -> None:
    """Handle a request that no transaction knows. Never raises."""
    exchange = Exchange(services, request, flow)
    try:
        rejection = None if isinstance(request, PlainRequest) else validate_request(request)
        if rejection is None:
            _dispatch(exchange)
        elif request.method != "ACK":
            exchange.reply(rejection.status_code, rejection.reason, rejection.headers)
    except HeaderError as error:
        if request.method != "ACK":
            exchange.reply(400, error.reason)
    except Exception as error:  # noqa: BLE001  our own fault: its sender gets 500, nobody else notices
        services.telemetry.exception("dispatch", error, request)
        if request.method != "ACK":
            exchange.reply(500)


def _dispatch(exchange: Exchange) -> None:
    request = exchange.request
    if _overloaded(exchange):
        exchange.unavailable()
    elif request.method == "REGISTER":
        start(register(exchange), exchange.broke)
    elif request.method == "CANCEL":
        cancel(exchange)
    else:
        _route(exchange)


def _overloaded(exchange: Exchange) -> bool:
    """Full, or about to stop: what would need a transaction is refused; what belongs to a call that stands passes."""
    services, request = exchange.services, exchange.request
    if services.draining:
        return request.to_tag is None and request.method not in ("ACK", "CANCEL")
    return services.layer.is_full and request.method not in ("ACK", "OPTIONS")


def _route(exchange: Exchange) -> None:
    """A request that is for somebody behind us, or an OPTIONS for ourselves. The order is that of §16.3 and §16.4."""
    request, services = exchange.request, exchange.services
    done = preprocess(request, services.network.is_ours, services.config.record_route_key)
    token = done.token if request.to_tag is not None else None
    if request.method == "ACK":
        if token is not None and request.max_forwards != 0:
            pass_on(exchange, done, token)
        return  # else it is the ACK to a stateless refusal of ours, or a stray one: nothing is owed to it
    if request.to_tag is None and _asks_us(exchange):
        options(exchange)
    elif (rejection := _refusal(exchange, done.request)) is not None:
        if rejection.status_code == 482:
            _tell(exchange, Kind.LOOP, "was here before, unchanged")
        exchange.reply(rejection.status_code, rejection.reason, rejection.headers)
    elif token is not None:
        pass_on(exchange, done, token)
    elif request.to_tag is not None or request.method in _ONLY_IN_DIALOGS:
        _tell(exchange, Kind.FORGED_DIALOG, f"{request.method} of no dialog that was let in here")
        exchange.reply(481)
    elif (onward := first_route(done.request)) is not None:
        _tell(exchange, Kind.RELAY_REFUSED, f"{request.method} by way of {onward.uri.host_port}")
        exchange.reply(403, "Routes to other servers are not followed")
    else:
        exchange.request = done.request
        start(begin(exchange), exchange.broke)


def _tell(exchange: Exchange, kind: Kind, detail: str) -> None:
    """A security event; what gateways do by mistake is none, for nobody should ban them."""
    services, flow = exchange.services, exchange.flow
    if kind is Kind.LOOP or gateway_at(services, flow) is None:
        services.telemetry.security(SecurityEvent(kind, flow.host, flow.transport, detail=detail))


def _asks_us(exchange: Exchange) -> bool:
    """Whether this is an OPTIONS for the edge itself (§11), which ends here however far it may still go."""
    request = exchange.request
    return request.method == "OPTIONS" and request.uri.user is None and exchange.services.network.is_ours(request.uri)


def _refusal(exchange: Exchange, routed: Request) -> Rejection | None:
    services = exchange.services
    listeners, key = services.listeners.all, services.config.record_route_key
    return refusal(routed, key, lambda host: any(host == one.sent_by.lower() for one in listeners))
