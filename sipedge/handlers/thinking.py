"""Driving `routing.decide` with the store: each of its needs is looked up in memory, or waited for."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sipedge.facts import SubscriberFacts
from sipedge.routing.caller import own_number
from sipedge.routing.decide import decide, proceed
from sipedge.routing.decision import Decision
from sipedge.routing.needs import BindingsNeed, ChanceNeed, Need, NumberNeed, SubscriberNeed
from sipedge.routing.network import EdgeNetwork
from sipedge.routing.query import CallQuery, Failure
from sipedge.sip.uri import Uri
from sipedge.store.interfaces import MISS, Store

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

T = TypeVar("T")

_CHANCES: Final = 1 << 32


async def think(query: CallQuery, network: EdgeNetwork, services: Services) -> Decision:
    """Route a request. Raises StoreUnavailable when a fact is neither in memory nor to be had."""
    is_explained = query.method == "INVITE"
    return await _think(decide(query, network, is_explained=is_explained), services)


async def think_further(
    query: CallQuery, before: Decision, failure: Failure, network: EdgeNetwork, services: Services
) -> Decision | None:
    """What follows when a decision's outcome has failed. Raises StoreUnavailable as `think`."""
    return await _think(proceed(query, before, failure, network), services)


async def may_show(claim: Uri, caller: SubscriberFacts, services: Services) -> bool:
    """Whether a subscriber may be shown by an address that is not its own name: a number. Raises as `think`."""
    return await _think(own_number(claim, caller, services.network), services) is not None


async def _think(thoughts: Generator[Need, Any, T], services: Services) -> T:
    answer: Any = None
    while True:
        try:
            need = thoughts.send(answer)
        except StopIteration as end:
            decision: T = end.value
            return decision
        if isinstance(need, ChanceNeed):
            answer = int.from_bytes(services.entropy(4), "big") / _CHANCES
            continue
        facts, key = _where(need, services.store)
        answer = facts.get(key)
        if answer is MISS:
            answer = await facts.fetch(key)


def _where(need: SubscriberNeed | NumberNeed | BindingsNeed, store: Store) -> tuple[Any, Any]:
    if isinstance(need, SubscriberNeed):
        return store.subscribers, need
    if isinstance(need, NumberNeed):
        return store.numbers, need.e164
    return store.bindings, need.subscriber_id
