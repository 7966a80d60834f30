"""The way out: what may be called, by which gateways, in which order.

Who pays for the call is asked, not who began it: a forwarded call leaves as the call of the subscriber that forwards.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from numbering.destinations import Category
from numbering.formats import NumberFormat, from_e164
from sipedge.facts import GatewayFacts, RouteFacts, SubscriberFacts
from sipedge.routing import sent
from sipedge.routing.barring import Bar, barred, barred_service
from sipedge.routing.decision import Attempt, Outcome, Refused, ToGateways
from sipedge.routing.limits import is_full, is_gateway_full
from sipedge.routing.needs import ChanceNeed, Need, Network
from sipedge.routing.network import number_format
from sipedge.routing.notes import Notes
from sipedge.routing.order import by_weight, in_order, is_for, is_open, up_to_last
from sipedge.routing.query import CallQuery

_NEEDS_LEAVE: Final = {
    Category.INTERNATIONAL: "International",
    Category.PREMIUM: "Premium rate",
    Category.SATELLITE: "Satellite",
}


def call_out(
    query: CallQuery, payer: SubscriberFacts, e164: str, network: Network, notes: Notes
) -> Generator[Need, Any, Outcome]:
    """A call to a number that is not ours."""
    if query.method != "INVITE":
        notes.step("route", "only calls leave by a gateway, not {}", query.method)
        return Refused(404, "Not Found")
    bar = barred(payer, e164, network)
    if bar is not None:
        return _refused(payer, bar, notes)
    usable = [route for route in network.routes_for("number", e164[1:]) if _is_usable(route, payer, query.now)]
    return (yield from _by_routes(query, payer, usable, e164, network, notes))


def call_service(
    query: CallQuery, payer: SubscriberFacts, digits: str, network: Network, notes: Notes
) -> Generator[Need, Any, Outcome]:
    """A call to a service or short number, which is sent on as it was dialled. Those that cost as premium numbers do
    have to be enabled as such; a rule of their kind may bar any."""
    if query.method != "INVITE":
        notes.step("route", "only calls leave by a gateway, not {}", query.method)
        return Refused(404, "Not Found")
    bar = barred_service(payer, digits, network)
    if bar is not None:
        return _refused(payer, bar, notes)
    usable = [route for route in network.routes_for("service", digits) if _is_usable(route, payer, query.now)]
    return (yield from _by_routes(query, payer, usable, digits, network, notes))


def call_for_help(
    query: CallQuery, payer: SubscriberFacts, digits: str, network: Network, notes: Notes
) -> Generator[Need, Any, Outcome]:
    """An emergency call: by its own routes, else by any; nothing that limits or bars other calls counts."""
    notes.step("emergency", "{} is an emergency number: nothing bars it", digits)
    ordered = yield from _ordered(_ways_to_help(digits, payer, network, notes))
    gateways = _gateways(ordered, network)
    gateways.sort(key=lambda found: not network.is_up(found[0].id))
    if not gateways:
        notes.step("emergency", "no gateway takes it")
        return Refused(503, "No way out for emergency calls")
    attempts = tuple(
        _attempt(gateway, route, digits, query, payer, network, notes, is_emergency=True) for gateway, route in gateways
    )
    return ToGateways(attempts, payer, digits, notes.diversions)


def _leading_out(routes: Sequence[RouteFacts], payer: SubscriberFacts, network: Network) -> list[RouteFacts]:
    """Those that are for this caller, and lead to a gateway that is not switched off."""
    gateways = network.gateway
    return [
        route for route in routes
        if is_for(route, payer) and (gateway := gateways(route.gateway_id)) is not None and gateway.is_active
    ]  # fmt: skip


def _ways_to_help(digits: str, payer: SubscriberFacts, network: Network, notes: Notes) -> list[RouteFacts]:
    """The routes for emergency numbers, else those for all numbers, else those for numbers of the caller's country."""
    routes = _leading_out(network.routes_for("emergency", digits), payer, network)
    if not routes:
        notes.step("emergency", "there is no route for emergency calls: those for all numbers are tried")
        routes = _leading_out(network.routes_for("number", ""), payer, network)
    country_code = network.number_format_of(payer).country_code
    if not routes and country_code:
        notes.step("emergency", "there is none for all numbers either: those for +{} are tried", country_code)
        routes = _leading_out(network.routes_for("number", country_code), payer, network)
    return routes


def _refused(payer: SubscriberFacts, bar: Bar, notes: Notes) -> Refused:
    if bar.rule is not None:
        reason = bar.rule.reason or "no reason given"
        if bar.rule.kind == "service":
            notes.step("barred", "service numbers that begin with {} are blocked: {}", bar.rule.prefix, reason)
        else:
            notes.step("barred", "numbers that begin with +{} are blocked: {}", bar.rule.prefix, reason)
        return Refused(403, "This destination is blocked")
    kind = _NEEDS_LEAVE[bar.destination.category]
    country = bar.destination.country.name if bar.destination.country else "an unknown country"
    notes.step("barred", "{} calls are not enabled for {} ({})", kind, payer.username, country)
    return Refused(403, f"{kind} calls are not enabled")


def _is_usable(route: RouteFacts, payer: SubscriberFacts, now: float) -> bool:
    return is_for(route, payer) and is_open(route, now)


def _by_routes(
    query: CallQuery, payer: SubscriberFacts, routes: Sequence[RouteFacts], number: str, network: Network, notes: Notes
) -> Generator[Need, Any, Outcome]:
    ordered = up_to_last((yield from _ordered(routes)), lambda route: route.is_last)
    gateways = _gateways(ordered, network)
    if not gateways:
        notes.step("route", "no route for {}", number)
        return Refused(404, "No route to this number")
    free = _free(_working(gateways, network, notes), network, notes)
    if not free:
        return Refused(503, "All lines to this number are in use")
    attempts = []
    for gateway, route in free:
        attempt = _attempt(gateway, route, number, query, payer, network, notes)
        notes.step("route", "by gateway {}, which is sent {}", gateway.name, attempt.number)
        attempts.append(attempt)
    if is_full(payer, network, notes):  # after all that may have had to be waited for
        return Refused(486, "Too many calls at the same time")
    return ToGateways(tuple(attempts), payer, number, notes.diversions)


def _ordered(routes: Sequence[RouteFacts]) -> Generator[Need, Any, list[RouteFacts]]:
    if len(routes) < 2:
        return list(routes)
    groups = in_order(routes)
    if len(groups) == len(routes):
        return [route for group in groups for route in group]
    ordered: list[RouteFacts] = []
    for group in groups:
        ordered += group if len(group) == 1 else by_weight(group, (yield ChanceNeed(tuple(group))))
    return ordered


def _gateways(routes: Sequence[RouteFacts], network: Network) -> list[tuple[GatewayFacts, RouteFacts]]:
    """The active gateways that these routes lead to, each once, by the first route that leads there."""
    found: dict[int, tuple[GatewayFacts, RouteFacts]] = {}
    for route in routes:
        if route.gateway_id not in found:
            gateway = network.gateway(route.gateway_id)
            if gateway is not None and gateway.is_active:
                found[route.gateway_id] = gateway, route
    return list(found.values())


def _working(
    gateways: list[tuple[GatewayFacts, RouteFacts]], network: Network, notes: Notes
) -> list[tuple[GatewayFacts, RouteFacts]]:
    """Those that are not known to be down; all of them where none is left, for a probe may err."""
    working = [found for found in gateways if network.is_up(found[0].id)]
    for gateway, _ in gateways if len(working) < len(gateways) else ():
        if not network.is_up(gateway.id):
            notes.step(
                "gateway", "{} does not answer and is {}", gateway.name, "left out" if working else "tried anyway"
            )
    return working or gateways


def _free(
    gateways: list[tuple[GatewayFacts, RouteFacts]], network: Network, notes: Notes
) -> list[tuple[GatewayFacts, RouteFacts]]:
    free = []
    for found in gateways:
        if is_gateway_full(found[0], network):
            notes.step("limit", "all {} channels of gateway {} are in use", found[0].max_calls, found[0].name)
        else:
            free.append(found)
    return free


def _attempt(
    gateway: GatewayFacts, route: RouteFacts, number: str, query: CallQuery, payer: SubscriberFacts, network: Network,
    notes: Notes, *, is_emergency: bool = False,
) -> Attempt:  # fmt: skip
    written = _written(number, number_format(gateway.number_format))
    what = sent.to_gateway(gateway, written, query, payer, network, notes, is_emergency=is_emergency)
    return Attempt(gateway, written, route.id, what, is_emergency)


def _written(number: str, known: NumberFormat) -> str:
    """Service and emergency numbers go as they were dialled."""
    return from_e164(number, known) if number.startswith("+") else number
