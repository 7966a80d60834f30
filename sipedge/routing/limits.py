"""How many calls somebody may have at the same time. Decided last, when nothing has to be waited for any more: so two
calls that come together are counted one after the other."""

from __future__ import annotations

from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.routing.needs import Network
from sipedge.routing.notes import Notes


def is_full(subscriber: SubscriberFacts, network: Network, notes: Notes, beside: SubscriberFacts | None = None) -> bool:
    """Whether one more call would be too many for a subscriber, its customer or its reseller.

    beside: the other subscriber of the same call, for whom it was asked already: a call within one customer, or
    reseller, is one call of it.
    """
    checked = [("subscriber", subscriber.id, subscriber.settings.max_calls)]
    if beside is None or beside.customer_id != subscriber.customer_id:
        checked.append(("customer", subscriber.customer_id, subscriber.customer_max_calls))
    if beside is None or beside.reseller_id != subscriber.reseller_id:
        checked.append(("reseller", subscriber.reseller_id, subscriber.reseller_max_calls))
    for kind, key, most in checked:
        if most is not None and network.calls_of(kind, key) >= most:
            notes.step("limit", "the {} of {} has {} calls already, as many as it may", kind, subscriber.username, most)
            return True
    return False


def is_gateway_full(gateway: GatewayFacts, network: Network) -> bool:
    """Whether all channels of a gateway are in use."""
    return gateway.max_calls is not None and network.calls_of("gateway", gateway.id) >= gateway.max_calls
