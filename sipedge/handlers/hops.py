"""The ways on: what a forwarded request's next hop is, for a phone and for a gateway."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from sipedge.facts import GatewayFacts
from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.exchange import Exchange
from sipedge.listeners import Listener
from sipedge.proxy.nat import flow_of_sender
from sipedge.proxy.preprocess import first_route
from sipedge.proxy.present import name_of
from sipedge.proxy.record_route import DialogToken, make_token, tag_mark
from sipedge.proxy.secure import SECURE_TRANSPORTS, is_secure
from sipedge.registrar.binding import Binding
from sipedge.registrar.lookup import Target, target_set
from sipedge.routing.decision import Attempt
from sipedge.sip.fields import parse_name_addr
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.sip.params import split_list
from sipedge.sip.uri import Uri, escape_user, parse_uri

if TYPE_CHECKING:
    from sipedge.handlers.records import Leg

POST_DIAL_PATIENCE: Final = 10.0
"""Seconds that a gateway has until it rings, where another one could be tried and its own setting says nothing."""


class NextHop(NamedTuple):
    """One target of a request.

    `uri` is its request URI there. `flow` is the one way to it, None where the destinations are those of the first
    Route or of the URI (RFC 3263). `keeps_flow` says that later requests of the dialog must take the same flow.
    `routes` are Route values that this target is reached through (its Path, RFC 3327). `located_by` is a URI to
    locate it by that says more than the request URI: a gateway's transport. `is_gateway`: it is one of the trust
    domain, else a phone. `gateway` is which one, where that is known. `others` are further ways to the same phone, or
    the gateways to try after this one, which is that of the `attempt`. `request` is what this target gets, None: what
    all get; `changes_from`: with another From than its sender's (in a dialog: or To). `leg` is the forwarded call that
    this target is of, None: the caller's own call.
    """

    uri: Uri
    flow: Flow | None
    keeps_flow: bool = False
    routes: tuple[str, ...] = ()
    located_by: Uri | None = None
    is_gateway: bool = False
    others: tuple[NextHop, ...] = ()
    gateway: GatewayFacts | None = None
    attempt: Attempt | None = None
    request: Request | None = None
    changes_from: bool = False
    leg: Leg | None = None

    def next_way(self, status_code: int, is_ours: bool) -> NextHop | None:
        """What is tried when this one has failed, with those that are left after it: another way to the same phone
        where this one did not reach it (RFC 5626 §5.3), or the next gateway where it may do better."""
        if not self.others:
            return None
        if self.attempt is not None:
            fails = is_ours or gateway_failed(status_code, self.attempt.gateway.failover_codes)
        else:
            fails = status_code in (408, 430) or (status_code == 503 and is_ours)
        return self.others[0]._replace(others=self.others[1:]) if fails else None

    def rings_within(self) -> float | None:
        """Seconds that this target has until it rings; None: it may take its time."""
        if self.attempt is None:
            return None
        own = self.attempt.gateway.ringing_within
        return own if own is not None or not self.others else POST_DIAL_PATIENCE

    def way(self, request: Request) -> Uri:
        """The URI whose destinations are tried: the first Route's where `request`, or the target, has one (§16.6).

        Raises HeaderError for a malformed Route.
        """
        if self.routes:
            return parse_name_addr(self.routes[0]).uri
        route = None if request.get("Route") is None else first_route(request)
        return (self.located_by or self.uri) if route is None else route.uri


def phones(bindings: Sequence[Binding], now: float, user: str = "") -> list[Sequence[NextHop]]:
    """The registered phones, those of one q together, the highest first. user: stands in the request URI in the place
    of what they registered, where it is not ''."""
    if user:
        return [[_called_by(hop, user) for hop in group] for group in phones(bindings, now)]
    targets = target_set(bindings, now)
    if len(targets) == 1:
        return [[_phone(targets[0])]]
    return [[_phone(target) for target in group] for _, group in groupby(targets, key=lambda target: target.q)]


def _called_by(hop: NextHop, user: str) -> NextHop:
    others = tuple([_called_by(other, user) for other in hop.others])
    return hop._replace(uri=hop.uri._replace(user=escape_user(user), password=None), others=others)


def gateways(attempts: Sequence[Attempt]) -> NextHop:
    """The gateways to try, one after the other."""
    first, *others = map(_gateway, attempts)
    return first._replace(others=tuple(others))


def gateway_failed(status_code: int, failover_codes: Collection[int] = ()) -> bool:
    """Whether the next gateway may do better: this one was silent, broken, or pointed elsewhere (nobody goes there),
    rather than the callee unwilling. failover_codes: what the operator says of this one, () for the usual."""
    if failover_codes:
        return status_code in failover_codes
    return status_code == 408 or 300 <= status_code < 400 or 500 <= status_code < 600


def secure_only(groups: Sequence[Sequence[NextHop]], request: Request) -> list[Sequence[NextHop]]:
    """The targets that a sips request may go to (proxy/secure.py)."""
    found = ([secure for hop in group if (secure := _secure(hop, request)) is not None] for group in groups)
    return [group for group in found if group]


def _secure(hop: NextHop, request: Request) -> NextHop | None:
    """The secure ways to a phone that registered a sips Contact, or to a gateway, which is called by sips then."""
    ways = [way for way in (hop, *hop.others) if is_secure(way.flow or way.way(request))]
    if hop.is_gateway:
        ways = [way._replace(uri=way.uri.without_params("transport")._replace(scheme="sips")) for way in ways]
    ways = [way for way in ways if way.uri.scheme == "sips"]
    return ways[0]._replace(others=tuple(ways[1:])) if ways else None


def plainly_named(groups: Sequence[Sequence[NextHop]]) -> list[Sequence[NextHop]]:
    """Targets of a request that is not sips: a phone that registered as sips is named sip, and reached by TLS as ever.

    To name it sips would upgrade the dialog, which its caller cannot follow (RFC 5630 §5.4; PJSIP refuses it).
    """
    return [[_plain(hop) for hop in group] for group in groups]


def _plain(hop: NextHop) -> NextHop:
    if hop.uri.scheme != "sips" and not hop.others:
        return hop
    others = tuple(map(_plain, hop.others))
    if hop.uri.scheme != "sips":
        return hop._replace(others=others)
    return hop._replace(uri=hop.uri._replace(scheme="sip"), located_by=hop.located_by or hop.uri, others=others)


def record_routes(exchange: Exchange, hop: NextHop, flow: Flow, call_id: UUID | None, caller: object) -> list[str]:
    """Our Record-Route for a dialog that this request may begin, outermost first (RFC 5658 for two transports)."""
    request = exchange.request
    # A gateway that its password alone has proved is treated as a phone from now on: no later request proves it again.
    is_trusted = isinstance(caller, GatewayFacts) and gateway_at(exchange.services, exchange.flow) is not None
    token = DialogToken(
        call_id,
        tag_mark(request.from_tag),
        None if is_trusted else flow_of_sender(request, exchange.flow),
        flow if hop.keeps_flow else None,
        is_trusted,
        hop.is_gateway,
        _key_of(caller),
        _key_of(hop.gateway),
    )
    return route_uris(exchange, _with_names(token, request, hop, caller), flow)


def _with_names(token: DialogToken, request: Request, hop: NextHop, caller: object) -> DialogToken:
    """What the two sides are to be called in all that follows, where that is not theirs to say."""
    if hop.changes_from or (hop.is_gateway and not token.caller_is_gateway):
        sent, own = hop.request or request, name_of(request.from_) if hop.changes_from else ""
        token = token._replace(caller_name=name_of(sent.from_), caller_own=own)
    if isinstance(caller, GatewayFacts) and not hop.is_gateway:
        token = token._replace(callee_name=name_of(request.to))
    return token


def route_uris(exchange: Exchange, token: DialogToken, flow: Flow) -> list[str]:
    """One URI that carries `token`, or two where the request comes and goes by different addresses of ours.

    On TLS it is a sips URI where the request's is one (§16.6 step 4): the whole dialog stays there.
    """
    services = exchange.services
    user = make_token(token, exchange.request.call_id, services.config.record_route_key)
    here, there = services.listeners.of(exchange.flow), services.listeners.of(flow)
    is_sips = exchange.request.uri.scheme == "sips"
    first = _route_uri(user, here, is_sips=is_sips)
    return [first] if here is there or here == there else [first, _route_uri(user, there, is_sips=is_sips)]


def _route_uri(user: str, listener: Listener, *, is_sips: bool) -> str:
    transport = listener.transport
    if is_sips and transport in SECURE_TRANSPORTS:  # TLS over TCP is what sips means; RFC 7118 §5.2.1 for wss
        return f"sips:{user}@{listener.sent_by};lr{';transport=ws' if transport == 'wss' else ''}"
    return f"sip:{user}@{listener.sent_by};lr{_transport(transport)}"


def gateway_request_uri(gateway: GatewayFacts, number: str) -> Uri:
    """The request URI that a gateway is called with."""
    params = () if gateway.transport == "udp" else (("transport", gateway.transport),)
    host = gateway.host.strip("[]").lower()
    user = escape_user(number)
    return Uri(scheme="sip", user=user, password=None, host=host, port=gateway.port, params=params, headers="")


def _key_of(party: object) -> int:
    """A gateway's key, 0 for all else."""
    return party.id if isinstance(party, GatewayFacts) else 0


def _phone(target: Target) -> NextHop:
    uri = parse_uri(target.uri)
    others = tuple([_phone(other) for other in target.others]) if target.others else ()
    if target.path:  # the REGISTER came by others, and so do requests: by the first of the Path (RFC 3327 §5.3)
        return NextHop(uri, None, routes=tuple(split_list(target.path)), others=others)
    return NextHop(uri, target.flow, keeps_flow=target.flow is not None, others=others)


def _gateway(attempt: Attempt) -> NextHop:
    uri = gateway_request_uri(attempt.gateway, attempt.number)
    # What the operator says counts, not what the carrier's NAPTR records prefer.
    transport = attempt.gateway.transport
    located_by = uri.with_params(("transport", transport))
    proxy = attempt.gateway.outbound_proxy
    routes = (f"<sip:{proxy};transport={transport};lr>",) if proxy else ()
    return NextHop(
        uri, None, routes=routes, located_by=located_by, is_gateway=True, gateway=attempt.gateway, attempt=attempt
    )


def _transport(name: str) -> str:
    return "" if name == "udp" else f";transport={name}"
