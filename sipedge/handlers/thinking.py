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
    thoughts = decide(query, network, is_explained=False)
    answer: Any = None
    while True:
        try:
            need = thoughts.send(answer)
        except StopIteration as end:
            decision: Decision = end.value
            return decision
        facts, key = _where(need, store)
        answer = facts.get(key)
        if answer is MISS:
            answer = await facts.fetch(key)


def _where(need: Need, store: Store) -> tuple[Any, Any]:
    if isinstance(need, SubscriberNeed):
        return store.subscribers, need
    if isinstance(need, NumberNeed):
        return store.numbers, need.e164
    return store.bindings, need.subscriber_id
