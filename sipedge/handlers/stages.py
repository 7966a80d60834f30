"""From what routing has decided to what is sent: next hops, each with its request, and records of forwarded calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

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
from sipedge.routing.decide import following
from sipedge.routing.decision import Decision, Refused, Sent, ToGateways, ToSubscriber
from sipedge.routing.query import CallQuery, Failure
from sipedge.sip.message import Request

_SILENCE: Final = Failure(408)


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
        network = services.network
        if self._watch is not None:
            network = network.counting(services.counts.beside(self._watch.record.id))
        decision = await think_further(self._query, self._decision, failure, network, services)
        if decision is None or isinstance(decision.outcome, Refused) or self._exchange.cancelled:
            return None
        self._decision = decision
        if self._watch is not None:
            self._watch.went_on(decision)
        stage = self._stage(decision)
        return stage if stage.groups else None

    def _stage(self, decision: Decision) -> Stage:
        if isinstance(decision.outcome, Refused):
            return Stage([])
        now = self._exchange.services.clock.living()
        begun: list[Leg] = []

        def leg_of(outcome: ToSubscriber | ToGateways) -> Leg | None:
            if not outcome.diversions or self._watch is None:
                return None
            begun.append(Leg(self._watch, outcome, self._exchange.services))
            return begun[-1]

        groups = groups_of(decision.outcome, self._base, self._query.caller, now, leg_of)
        after_silence = bool(decision.then) and following(decision, _SILENCE.condition) is not None
        stage = Stage(groups, decision.rings_for, bool(decision.then), after_silence)
        for leg in begun:
            if leg not in stage.legs:
                leg.failure(480, None)  # none of its targets can be reached as the request asks
        return stage


def groups_of(
    outcome: ToSubscriber | ToGateways,
    base: Request,
    caller: SubscriberFacts | GatewayFacts,
    now: float,
    leg_of: Callable[[ToSubscriber | ToGateways], Any] = lambda _outcome: None,
) -> list[Sequence[NextHop]]:
    """The targets of an outcome, each with its request: those of one group together, one group after the other.

    base: the request as it goes to everybody but for what each target is told. now: bindings that ended before are left
    out. leg_of: what is `leg` of the outcome's targets, its record. Without that it is pure: calls/explain asks it too.
    """
    groups = _groups(outcome, base, caller, now, leg_of(outcome))
    if isinstance(outcome, ToSubscriber) and outcome.beside:
        together = [hop for group in groups for hop in group]
        for one in outcome.beside:
            together += [hop for group in _groups(one, base, caller, now, leg_of(one)) for hop in group]
        groups = [together] if together else []
    is_emergency = isinstance(outcome, ToGateways) and outcome.is_emergency  # RFC 6881: without TLS where it fails
    return (
        hops.secure_only(groups, base) if base.uri.scheme == "sips" and not is_emergency else hops.plainly_named(groups)
    )


def _groups(
    outcome: ToSubscriber | ToGateways, base: Request, caller: SubscriberFacts | GatewayFacts, now: float,
    leg: Any,
) -> list[Sequence[NextHop]]:  # fmt: skip
    if isinstance(outcome, ToGateways):
        hop = hops.gateways(outcome.attempts)
        ways = [_to_gateway(way, base, leg) for way in (hop, *hop.others)]
        return [[ways[0]._replace(others=tuple(ways[1:]))]]
    request = _for_phone(outcome, base, caller)
    found = hops.phones(outcome.bindings, now, outcome.sent.user)
    changes_from = bool(outcome.sent.from_)
    return [[_with(hop, request, leg, changes_from=changes_from) for hop in group] for group in found]


def _to_gateway(way: NextHop, base: Request, leg: Any) -> NextHop:
    sent = way.attempt.sent if way.attempt is not None else Sent()
    request = present(
        base, to_gateway=True, from_=sent.from_, headers=sent.headers, on_top=sent.on_top, below=sent.below
    )
    return way._replace(request=request, changes_from=bool(sent.from_), leg=leg)


def _for_phone(outcome: ToSubscriber, base: Request, caller: SubscriberFacts | GatewayFacts) -> Request:
    sent = outcome.sent
    request = present(base, to_gateway=False, from_=sent.from_, headers=sent.headers, on_top=sent.on_top)
    if are_strangers(caller, outcome):
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
