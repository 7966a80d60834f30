"""Driving `routing.decide` with the store: each of its needs is looked up in memory, or waited for."""

from __future__ import annotations

from typing import Any

from sipedge.routing.decide import CallQuery, decide
from sipedge.routing.decision import Decision
from sipedge.routing.needs import Need, NumberNeed, SubscriberNeed
from sipedge.routing.network import EdgeNetwork
from sipedge.store.interfaces import MISS, Store


async def think(query: CallQuery, network: EdgeNetwork, store: Store) -> Decision:
    """Route a request. Raises StoreUnavailable when a fact is neither in memory nor to be had."""
    thoughts = decide(query, network)
    answer: Any = None
    while True:
        try:
            need = thoughts.send(answer)
        except StopIteration as end:
            decision: Decision = end.value
            return decision
        answer = await _know(need, store)


async def _know(need: Need, store: Store) -> Any:
    if isinstance(need, SubscriberNeed):
        subscriber = store.subscribers.get(need)
        return await store.subscribers.fetch(need) if subscriber is MISS else subscriber
    if isinstance(need, NumberNeed):
        number = store.numbers.get(need.e164)
        return await store.numbers.fetch(need.e164) if number is MISS else number
    bindings = store.bindings.get(need.subscriber_id)
    return await store.bindings.fetch(need.subscriber_id) if bindings is MISS else bindings
