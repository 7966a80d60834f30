"""Which routes a call may take, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from sipedge.facts import RouteFacts, SubscriberFacts


def is_for(route: RouteFacts, payer: SubscriberFacts) -> bool:
    """Whether a route is for this subscriber's calls."""
    return (
        route.reseller_id in (None, payer.reseller_id)
        and route.customer_id in (None, payer.customer_id)
        and route.domain_id in (None, payer.domain_id)
    )


def is_open(route: RouteFacts, now: float) -> bool:
    """Whether a route's time window is open. now: seconds since the epoch."""
    if route.opens is None and route.closes is None and len(route.weekdays) == 7:
        return True
    local = datetime.fromtimestamp(now, _zone(route.timezone))
    minute, day = local.hour * 60 + local.minute, local.isoweekday()
    opens, closes = route.opens or 0, route.closes or 0
    if opens < closes:
        return day in route.weekdays and opens <= minute < closes
    if minute >= opens:  # the window that began today, and goes on past midnight (or lasts the whole day)
        return day in route.weekdays
    return minute < closes and (day - 2) % 7 + 1 in route.weekdays


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def in_order(routes: Sequence[RouteFacts]) -> list[list[RouteFacts]]:
    """Routes that are equally good together, the best first: the longest prefix, then who is nearest to the caller
    (customer, domain, reseller, anybody), then the lower priority, then the lower cost."""
    ranked = sorted(routes, key=_rank)
    return [list(group) for _, group in groupby(ranked, key=_rank)]


def _rank(route: RouteFacts) -> tuple[int, int, int, bool, int]:
    is_of = (route.customer_id, route.domain_id, route.reseller_id)
    nearness = next((3 - n for n, owner in enumerate(is_of) if owner is not None), 0)
    return -len(route.prefix), -nearness, route.priority, route.cost is None, route.cost or 0


def by_weight(routes: Sequence[RouteFacts], chance: float) -> list[RouteFacts]:
    """Equally good routes in an order that leaves it to chance which is the first, each in proportion to its weight;
    of those left which is the second, and so on. chance: in [0, 1)."""
    left, ordered = list(routes), []
    while left:
        point = chance * sum(route.weight for route in left)
        for route in left:
            if point < route.weight:
                break
            point -= route.weight
        ordered.append(route)
        left.remove(route)
        chance = min(point / max(route.weight, 1), 1 - 1e-9)  # where in its part the point lay is again by chance
    return ordered


def up_to_last(routes: Sequence[RouteFacts], is_last: Callable[[RouteFacts], bool]) -> list[RouteFacts]:
    """Those up to the first behind which none is tried."""
    kept = []
    for route in routes:
        kept.append(route)
        if is_last(route):
            break
    return kept
