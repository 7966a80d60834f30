"""What each target would be sent, told apart from what the caller sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from calls.explain.explanation import Field, Share, Target
from calls.explain.facts import Facts
from calls.explain.question import TAG, Asked
from sipedge.facts import RouteFacts
from sipedge.handlers.hops import NextHop
from sipedge.handlers.stages import groups_of
from sipedge.routing.decision import AS_IT_CAME, Sent, ToGateways, ToSubscriber
from sipedge.sip.flow import str_flow
from sipedge.sip.message import Request

_OF_EVERY_REQUEST = frozenset({"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "Route"})


def groups(outcome: ToSubscriber | ToGateways, asked: Asked, facts: Facts) -> tuple[tuple[Target, ...], ...]:
    """The targets in the order in which they are tried, as the edge's own function makes them."""
    found = groups_of(outcome, asked.base, asked.caller, asked.query.now, lambda one: one)
    laid: list[tuple[Target, ...]] = []
    for group in found:
        if len(group) == 1:
            laid += [(_target(way, asked, facts),) for way in _gateways_in_turn(group[0])]
        else:
            laid.append(tuple(_with_others(hop, asked, facts) for hop in group))
    return tuple(laid)


def _with_others(hop: NextHop, asked: Asked, facts: Facts) -> Target:
    target, *others = (_target(way, asked, facts) for way in _gateways_in_turn(hop))
    return target._replace(others=tuple(others))


def _gateways_in_turn(hop: NextHop) -> Iterator[NextHop]:
    """A gateway and those after it; of a phone one way is enough."""
    yield hop
    while hop.is_gateway and hop.others:
        hop = hop.others[0]._replace(others=hop.others[1:])
        yield hop


def shares(routes: Sequence[RouteFacts], facts: Facts) -> tuple[Share, ...]:
    """Which part of the calls each of some equally good routes is the first for."""
    total = sum(route.weight for route in routes)
    found = []
    for route in routes:
        gateway = facts.gateways.by_id(route.gateway_id)
        percent = round(100 * route.weight / total, 1) if total else round(100 / len(routes), 1)
        found.append(Share(gateway.name if gateway else "", route.weight, percent))
    return tuple(found)


def _target(hop: NextHop, asked: Asked, facts: Facts) -> Target:
    request = hop.request or asked.base
    outcome: Any = hop.leg
    gateway = hop.gateway
    told = outcome.sent if isinstance(outcome, ToSubscriber) else hop.attempt.sent if hop.attempt else AS_IT_CAME
    whose = outcome.subscriber if isinstance(outcome, ToSubscriber) else None
    return Target(
        kind="gateway" if hop.is_gateway else "phone",
        name=gateway.name if gateway is not None else facts.address(whose),
        request_uri=str(hop.uri),
        from_=(request.get("From") or "").removesuffix(TAG),
        fields=tuple(_fields(request, told)),
        removed=tuple(dict.fromkeys(name for name, _ in asked.request.headers if not request.has(name))),
        route=hop.routes,
        way=str_flow(hop.flow) if hop.flow is not None else str(hop.way(request)),
        state=_state(gateway.id, facts) if gateway is not None else "",
        rings_within=hop.rings_within(),
        is_emergency=hop.attempt is not None and hop.attempt.is_emergency,
    )


def _fields(request: Request, told: Sent) -> Iterator[Field]:
    places = {name: "instead" for name, _ in told.headers}
    above, below = set(told.on_top), set(told.below)
    for name, value in request.headers:
        if name in _OF_EVERY_REQUEST:
            continue
        place = "above" if (name, value) in above else "below" if (name, value) in below else places.get(name, "kept")
        yield Field(name, value, place)


def _state(gateway_id: int, facts: Facts) -> str:
    states = [row["is_up"] for row in facts.states.get(gateway_id, ())]
    if not states:
        return "unknown"
    return "up" if all(states) else "partly" if any(states) else "down"
