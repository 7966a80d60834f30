"""From what routing has decided to what is sent: next hops, each with its request, and records of forwarded calls."""

from __future__ import annotations

from collections.abc import Sequence

from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.handlers import hops
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.forwarding import Stage
from sipedge.handlers.hops import NextHop
from sipedge.handlers.records import CallWatch, Leg
from sipedge.handlers.thinking import think_further
from sipedge.proxy import identity
from sipedge.proxy.present import present
from sipedge.proxy.response_context import Exhausted
from sipedge.routing.decision import Decision, Refused, Sent, ToGateways, ToSubscriber
from sipedge.routing.query import CallQuery, Failure
from sipedge.sip.message import Request


class Stages:
    """The stages of one request. base: it, as it goes to everybody but for what each target is told. watch: the call's
    record, None for what is no call."""

    def __init__(
        self, exchange: Exchange, base: Request, query: CallQuery, decision: Decision, watch: CallWatch | None
    ) -> None:
        self._exchange = exchange
        self._base = base
        self._query = query
        self._decision = decision
        self._watch = watch

    def first(self) -> Stage:
        """What the decision says. Its groups may be empty: nothing there can be reached as the request asks."""
        return self._stage(self._decision)

    async def after(self, exhausted: Exhausted) -> Stage | None:
        """What follows when the last stage has failed; None: nothing. Raises StoreUnavailable."""
        services = self._exchange.services
        failure = Failure(exhausted.status_code, exhausted.has_rung, exhausted.is_timed_out)
        decision = await think_further(self._query, self._decision, failure, services.network, services)
        if decision is None or isinstance(decision.outcome, Refused) or self._exchange.cancelled:
            return None
        self._decision = decision
        if self._watch is not None:
            self._watch.went_on(decision)
        stage = self._stage(decision)
        return stage if stage.groups else None

    def _stage(self, decision: Decision) -> Stage:
        outcome = decision.outcome
        if isinstance(outcome, Refused):
            return Stage([])
        groups = self._groups(outcome)
        if isinstance(outcome, ToSubscriber) and outcome.beside:
            together = [hop for group in groups for hop in group]
            together += [hop for one in outcome.beside for group in self._groups(one) for hop in group]
            groups = [together] if together else []
        is_sips = self._base.uri.scheme == "sips"
        groups = hops.secure_only(groups, self._base) if is_sips else hops.plainly_named(groups)
        return Stage(groups, decision.rings_for, bool(decision.then))

    def _groups(self, outcome: ToSubscriber | ToGateways) -> list[Sequence[NextHop]]:
        leg = None
        if outcome.diversions and self._watch is not None:
            leg = Leg(self._watch, outcome, self._exchange.services)
        if isinstance(outcome, ToGateways):
            hop = hops.gateways(outcome.attempts)
            ways = [self._to_gateway(way, leg) for way in (hop, *hop.others)]
            return [[ways[0]._replace(others=tuple(ways[1:]))]]
        request = self._for_phone(outcome)
        found = hops.phones(outcome.bindings, self._exchange.services.clock.living(), outcome.sent.user)
        changes_from = bool(outcome.sent.from_)
        return [[_with(hop, request, leg, changes_from=changes_from) for hop in group] for group in found]

    def _to_gateway(self, way: NextHop, leg: Leg | None) -> NextHop:
        sent = way.attempt.sent if way.attempt is not None else Sent()
        request = present(
            self._base, to_gateway=True, from_=sent.from_, headers=sent.headers, on_top=sent.on_top, below=sent.below
        )
        return way._replace(request=request, changes_from=bool(sent.from_), leg=leg)

    def _for_phone(self, outcome: ToSubscriber) -> Request:
        sent = outcome.sent
        request = present(self._base, to_gateway=False, from_=sent.from_, headers=sent.headers, on_top=sent.on_top)
        if are_strangers(self._query.caller, outcome):
            identity.without_orders(request)
        return request


def are_strangers(caller: SubscriberFacts | GatewayFacts, outcome: object) -> bool:
    """Whether a phone is called by somebody who is not of its own customer."""
    return isinstance(outcome, ToSubscriber) and (
        isinstance(caller, GatewayFacts) or caller.customer_id != outcome.subscriber.customer_id
    )


def _with(hop: NextHop, request: Request, leg: Leg | None, *, changes_from: bool) -> NextHop:
    others = tuple([_with(other, request, leg, changes_from=changes_from) for other in hop.others])
    return hop._replace(request=request, changes_from=changes_from, leg=leg, others=others)
