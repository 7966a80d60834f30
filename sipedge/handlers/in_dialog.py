"""Requests inside a dialog that we let in: ACK, BYE, re-INVITE and all others (RFC 3261 §16.4 to §16.6).

What makes them so is the signed token of our Record-Route. It also says over which flow the other side is reached,
which call a BYE ends, and by which name each side goes, so none of this needs a memory that a restart would lose.

A gateway gets what belongs to the call that routing let through, under the name that it was let through with. REFER
passes neither way: a carrier that obeys it calls whom it says, past barring, limits and records; a phone that obeys a
carrier calls whom a stranger wants, at its owner's cost (handlers/outside.py refuses that outside of dialogs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.dialog.cause import NORMAL_CLEARING, cause_in_reason
from sipedge.dialog.ending import at_refresh
from sipedge.handlers import hops
from sipedge.handlers.ack import pass_ack
from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.forwarding import Forwarding, Stage
from sipedge.handlers.goodbye import Goodbye, is_of_sender, leads_to_gateway
from sipedge.handlers.hops import NextHop
from sipedge.proxy import identity, secure, session_timer
from sipedge.proxy.forward import withdraw_credentials
from sipedge.proxy.preprocess import Preprocessed, first_route
from sipedge.proxy.present import rename
from sipedge.proxy.record_route import DialogToken
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response
from sipedge.sip.validate import Rejection

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

_OF_A_CALL = frozenset({"INVITE", "ACK", "BYE", "PRACK", "UPDATE", "INFO", "OPTIONS", "SUBSCRIBE", "NOTIFY"})
"""What a gateway is sent in a dialog. A MESSAGE would be a message to be paid for; RFC 4730 subscribes to digits."""
_DIALOG_REFRESHES = ("INVITE", "UPDATE", "SUBSCRIBE", "REFER", "NOTIFY")


def pass_on(exchange: Exchange, preprocessed: Preprocessed, token: DialogToken) -> None:
    """Send a request of a dialog on to the other side."""
    request = preprocessed.request
    withdraw_credentials(request)
    is_from_caller = token.is_from_caller(request.from_tag)
    if token.has_gateway and (why := _refusal(request.method, token, is_from_caller=is_from_caller)) is not None:
        exchange.reply(403, why)
        return
    hop = _next_hop(exchange.services, request, token, is_from_caller=is_from_caller)
    if gateway_at(exchange.services, exchange.flow) is None:
        identity.from_untrusted(request)
    else:
        identity.from_trusted(request)
    if token.leads_to_gateway(is_from_caller=is_from_caller):
        identity.towards_gateway(request)
    if not hop.is_gateway:
        identity.towards_untrusted(request)
    if token.caller_name or token.callee_name:
        hop = hop._replace(changes_from=_rename(request, token, is_from_caller=is_from_caller))
    if request.uri.scheme == "sips" and not secure.is_secure(hop.flow or hop.way(request)):
        _refuse_insecure(exchange)
    elif request.method == "ACK":
        if token.call_id is not None:
            callee_tag = request.to_tag if is_from_caller else request.from_tag
            exchange.services.standing.acknowledged(token.call_id, callee_tag)
        pass_ack(exchange, request, hop)
    else:
        ends = request.method == "BYE" and _ends_call(exchange, token, is_from_caller=is_from_caller)
        _forward(exchange, request, token, hop, ends=ends)
        if ends:
            _end_call(exchange, token, is_from_caller=is_from_caller)


def _refusal(method: str, token: DialogToken, *, is_from_caller: bool) -> str | None:
    """Why a request of a call by way of a gateway goes no further; None: it does."""
    if method == "REFER":
        return "Transfers by the carrier are not allowed"
    is_refused = method not in _OF_A_CALL and token.leads_to_gateway(is_from_caller=is_from_caller)
    return "Gateways are for calls" if is_refused else None


def _rename(request: Request, token: DialogToken, *, is_from_caller: bool) -> bool:
    """Whether a side goes by another name here than its sender says."""
    if is_from_caller:
        return rename(request, from_=token.caller_name)
    return rename(request, from_=token.callee_name, to=token.caller_own)


def _forward(exchange: Exchange, request: Request, token: DialogToken, hop: NextHop, *, ends: bool) -> None:
    exchange.open()
    if request.method == "INVITE":
        exchange.trying()
    timer = session_timer.ask(request, exchange.services.config.session_expires)
    if isinstance(timer, Rejection):
        exchange.reply(timer.status_code, timer.reason, timer.headers)
        return
    Forwarding(
        exchange,
        request,
        Stage([[hop]]),
        lambda _, flow: _record_routes(exchange, token, flow),
        watch=_watch_of(exchange, request, token, hop, ends=ends),
        timer=timer,
    ).begin()


def _watch_of(
    exchange: Exchange, request: Request, token: DialogToken, hop: NextHop, *, ends: bool
) -> _Refresh | Goodbye | None:
    if token.call_id is not None and request.method in ("INVITE", "UPDATE"):
        return _Refresh(exchange, request, token, hop)
    if ends and token.has_gateway:
        return Goodbye(exchange.services, token, hop, request, exchange.flow)
    return None


class _Refresh:
    """Watches a re-INVITE or UPDATE: its 2xx says how long the session lasts from now on (RFC 4028 §8.2). Where the
    gateway is reached from now on is the gateway's to say."""

    def __init__(self, exchange: Exchange, request: Request, token: DialogToken, hop: NextHop) -> None:
        self._services = services = exchange.services
        self._token = token
        self._is_from_caller = is_from_caller = token.is_from_caller(request.from_tag)
        is_own = is_of_sender(services, token, exchange.flow, is_from_caller=is_from_caller)
        self._request = request if is_own else None
        self._reaches = leads_to_gateway(services, token, hop, request, is_from_caller=is_from_caller)

    def tries(self, hop: NextHop) -> None:
        """Nothing follows from it."""

    def tried(self, hop: NextHop, status_code: int, reason: str, seconds: float) -> None:
        """Nothing follows from it."""

    def provisional(self, response: Response) -> None:
        """Nothing follows from it."""

    def success(self, response: Response) -> None:
        """The session was refreshed."""
        call_id = self._token.call_id
        if call_id is not None:
            said = response if self._reaches else None
            changes = at_refresh(self._request, said, is_from_caller=self._is_from_caller)
            self._services.standing.refreshed(call_id, session_timer.agreed(response), changes)

    def failure(self, status_code: int, response: Response | None) -> None:
        """The session goes on as it was."""


def _refuse_insecure(exchange: Exchange) -> None:
    """A sips URI that would be left by something else than TLS (RFC 5630)."""
    if exchange.request.method != "ACK":
        sent_by = exchange.services.listeners.of(exchange.flow).sent_by
        exchange.reply(480, None, (secure.warning(sent_by),))


def _next_hop(services: Services, request: Request, token: DialogToken, *, is_from_caller: bool) -> NextHop:
    """§16.6 step 7: by the next Route if there is one, else by the other side's flow, else by the request URI.

    A phone that has registered from another flow since the dialog began is reached over that one.
    """
    if is_from_caller:
        flow, is_gateway, key = token.callee_flow, token.callee_is_gateway, token.callee_gateway
    else:
        flow, is_gateway, key = token.caller_flow, token.caller_is_gateway, token.caller_gateway
    if flow is not None:
        flow = services.flows.now_at(flow) if first_route(request) is None else None
    gateway = services.network.gateways.by_id(key) if key else None
    return NextHop(request.uri, flow, is_gateway=is_gateway, gateway=gateway)


def _record_routes(exchange: Exchange, token: DialogToken, flow: Flow) -> list[str]:
    """A target refresh keeps the route set (§12.2), but a peer that restarted may need it: the same again."""
    if exchange.request.method not in _DIALOG_REFRESHES:
        return []
    return hops.route_uris(exchange, token, flow)


def _ends_call(exchange: Exchange, token: DialogToken, *, is_from_caller: bool) -> bool:
    """Whether a BYE ends its call: not where another phone of the fork answered too late, and is let go."""
    request = exchange.request
    callee_tag = request.to_tag if is_from_caller else request.from_tag
    return token.call_id is not None and exchange.services.standing.hung_up(token.call_id, callee_tag)


def _end_call(exchange: Exchange, token: DialogToken, *, is_from_caller: bool) -> None:
    """A BYE ends its call now, whatever the other side answers to it (handlers/goodbye.py)."""
    services, request = exchange.services, exchange.request
    if token.call_id is None:
        return
    ended_by = "caller" if is_from_caller else "callee"
    cause = cause_in_reason(request.get("Reason")) or NORMAL_CLEARING
    services.store.calls.end(token.call_id, services.clock.of_call(token.call_id), ended_by, cause=cause)
    services.telemetry.call_ended(token.call_id, request.call_id, ended_by, cause)
