"""Which handler a new request goes to. The checks of RFC 3261 §16.3 come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.handlers.cancel import cancel
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.in_dialog import pass_on
from sipedge.handlers.options import options
from sipedge.handlers.outside import begin
from sipedge.handlers.register import register
from sipedge.proxy.preprocess import first_route, preprocess
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request
from sipedge.sip.validate import validate_request
from sipedge.store.waiting import start

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

_ONLY_IN_DIALOGS = frozenset({"BYE", "PRACK", "UPDATE", "INFO"})


def dispatch(services: Services, request: Request, flow: Flow) -> None:
    """Handle a request that no transaction knows. Never raises."""
    exchange = Exchange(services, request, flow)
    try:
        rejection = validate_request(request)
        if rejection is None:
            _dispatch(exchange)
        elif request.method != "ACK":
            exchange.reply(rejection.status_code, rejection.reason, rejection.headers)
    except HeaderError as error:
        if request.method != "ACK":
            exchange.reply(400, error.reason)


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
    """A request that is for somebody behind us, or an OPTIONS for ourselves."""
    request, network = exchange.request, exchange.services.network
    if request.method != "ACK" and _refused_by_proxy_rules(exchange):
        return
    done = preprocess(request, network.is_ours, exchange.services.config.record_route_key)
    if done.token is not None and request.to_tag is not None:
        pass_on(exchange, done, done.token)
    elif request.method == "ACK":
        return  # the ACK to a stateless refusal of ours, or a stray one: nothing is owed to it
    elif request.to_tag is not None or request.method in _ONLY_IN_DIALOGS:
        exchange.reply(481)
    elif _asks_us(exchange):
        options(exchange)
    elif first_route(done.request) is not None:
        exchange.reply(403, "Routes to other servers are not followed")
    else:
        exchange.request = done.request
        start(begin(exchange), exchange.broke)


def _asks_us(exchange: Exchange) -> bool:
    """Whether this is an OPTIONS for the edge itself (§11), which ends here however far it may still go."""
    request = exchange.request
    return request.method == "OPTIONS" and request.uri.user is None and exchange.services.network.is_ours(request.uri)


def _refused_by_proxy_rules(exchange: Exchange) -> bool:
    """§16.3 steps 3 and 5: Max-Forwards and Proxy-Require."""
    request = exchange.request
    if request.max_forwards == 0 and not _asks_us(exchange):
        exchange.reply(483)
        return True
    required = request.values("Proxy-Require")
    if required:
        exchange.reply(420, None, (("Unsupported", ", ".join(required)),))
        return True
    return False
