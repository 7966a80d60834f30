"""Asking the routing a question, with a memory store to answer what it needs to know."""

from __future__ import annotations

from sipedge.routing.decide import decide, proceed
from sipedge.routing.needs import BindingsNeed, ChanceNeed, NumberNeed, SubscriberNeed
from sipedge.routing.network import EdgeNetwork
from sipedge.routing.query import CallQuery, Failure
from sipedge.sip.uri import parse_uri

ADDRESSES = {("192.0.2.1", 5060)}


class Routing:
    """`store`'s network, with gateways down and calls standing as a test says; chances: what chance gives."""

    def __init__(self, store):
        self.store = store
        self.down: set[int] = set()
        self.calls: dict[tuple[str, int], int] = {}
        self.chances = iter(lambda: 0.0, None)
        self.network = EdgeNetwork(
            store.domains, store.gateways, ADDRESSES,
            is_up=lambda key: key not in self.down,
            calls_of=lambda kind, key: self.calls.get((kind, key), 0),
        )  # fmt: skip

    def ask(self, caller, request_uri, *, method="INVITE", from_uri="sip:+431999@pstn", claims=(), **query):
        """Where a request goes. request_uri: a text."""
        asked = CallQuery(
            method, parse_uri(request_uri), parse_uri(from_uri), caller, tuple(map(parse_uri, claims)), **query
        )
        return asked, self.drive(decide(asked, self.network))

    def decide(self, caller, request_uri, **query):
        """The decision alone."""
        return self.ask(caller, request_uri, **query)[1]

    def after(self, asked, decision, status_code, *, has_rung=False, is_timed_out=False):
        """What follows when it failed so."""
        failure = Failure(status_code, has_rung, is_timed_out)
        return self.drive(proceed(asked, decision, failure, self.network))

    def drive(self, thoughts):
        """Answer what is asked until there is a decision."""
        answer = None
        while True:
            try:
                need = thoughts.send(answer)
            except StopIteration as end:
                return end.value
            match need:
                case SubscriberNeed():
                    answer = self.store.subscribers.get(need)
                case NumberNeed():
                    answer = self.store.numbers.get(need.e164)
                case BindingsNeed():
                    answer = self.store.bindings.get(need.subscriber_id)
                case ChanceNeed():
                    answer = next(self.chances)


def set_up(store, facts, **settings):
    """Give a subscriber these settings; returns it as it is now."""
    from dataclasses import replace

    changed = replace(facts, settings=facts.settings._replace(**settings))
    store.subscribers.put((changed.domain_id, changed.username), changed)
    return changed
