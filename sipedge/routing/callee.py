"""A call that is for a subscriber: what its settings say, where it is registered, and where its calls go instead."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from sipedge.facts import ForwardingFacts, GatewayFacts, NumberFacts, SubscriberFacts
from sipedge.routing import sent
from sipedge.routing.decision import Outcome, Refused, Then, ToGateways, ToSubscriber
from sipedge.routing.limits import is_full
from sipedge.routing.needs import BindingsNeed, Need, Network, NumberNeed, SubscriberNeed
from sipedge.routing.notes import MOST_DIVERSIONS, Notes
from sipedge.routing.outbound import call_out
from sipedge.routing.query import CallQuery
from sipedge.sip.uri import Uri, UriError, parse_uri

Thinking = Generator[Need, Any, Outcome]

_AFTER_RINGING: Final = ("busy", "no_answer", "not_registered")
_LOOP: Final = "Loop Detected"


def to_number(query: CallQuery, number: NumberFacts, network: Network, notes: Notes) -> Thinking:
    """A number of ours."""
    subscriber = None
    if number.domain_id is not None and number.username is not None:
        subscriber = yield SubscriberNeed(number.domain_id, number.username)
    if subscriber is None:
        notes.step("number", "it is ours, and nobody has it")
        return Refused(404, "Number not assigned")
    if number.extension:
        notes.step("number", "it is extension {} behind {}", number.extension, number.e164)
    notes.step("number", "it belongs to subscriber {}", subscriber.username)
    return (yield from to_subscriber(query, subscriber, network, notes, number.extension))


def to_subscriber(
    query: CallQuery, subscriber: SubscriberFacts, network: Network, notes: Notes, extension: str = ""
) -> Thinking:
    """A subscriber of ours. extension: the digits behind its number that were dialled."""
    if not notes.callee_number:
        notes.callee_number = subscriber.main_number or ""
    if not subscriber.is_active:
        notes.step("subscriber", "{} is suspended", subscriber.username)
        return Refused(480, "Temporarily Unavailable", subscriber)
    if notes.was_at(subscriber):
        notes.step("forwarding", "the call was at {} before", subscriber.username)
        return Refused(482, _LOOP, subscriber)
    refused = _unwanted(query, subscriber, network, notes)
    if refused is not None:
        return refused
    bindings = yield BindingsNeed(subscriber.id)
    if query.method == "INVITE":
        instead = yield from _instead(query, subscriber, bool(bindings), network, notes)
        if instead is not None:
            return instead
    elif not bindings:
        return _unregistered(subscriber, notes)
    if bindings:
        notes.step("bindings", "{} has {} registered phone(s)", subscriber.username, len(bindings))
    what = sent.to_phone(subscriber, query, network, notes, extension)
    ringing = ToSubscriber(subscriber, tuple(bindings), what, notes.called, notes.diversions)
    if query.method != "INVITE" or not subscriber.settings.forwardings:
        return ringing
    beside = yield from _beside(query, subscriber, network, notes)
    _note_what_follows(subscriber, notes)
    if not bindings and not beside:
        return _unregistered(subscriber, notes)
    return ringing._replace(beside=beside)


def try_targets(query: CallQuery, then: Then, rest: tuple[Then, ...], network: Network, notes: Notes) -> Thinking:
    """The targets of a forwarding, until one of them may be called; rest: what follows when that fails too."""
    outcome: Outcome = Refused(480, "Temporarily Unavailable", then.subscriber)
    for n, target in enumerate(then.targets, 1):
        notes.called, notes.diversions, notes.then, notes.rings_for = then.called, then.diversions, (), None
        notes.divert(then.subscriber, then.reason)
        notes.step("forwarding", "{} forwards ({}) to {}", then.subscriber.username, then.reason, target)
        outcome = yield from _to_target(query, then.subscriber, target, network, notes)
        if isinstance(outcome, Refused):
            notes.step("forwarding", "that goes nowhere: {} {}", outcome.status_code, outcome.reason)
            continue
        left = then.targets[n:]
        if left:
            notes.rings_for = min(then.seconds, notes.rings_for or then.seconds)
            notes.then += (then._replace(condition="", targets=left),)
        notes.then += rest
        return outcome
    notes.then = ()
    return outcome


def _unregistered(subscriber: SubscriberFacts, notes: Notes) -> Refused:
    notes.step("bindings", "no phone of {} is registered", subscriber.username)
    return Refused(480, "Temporarily Unavailable", subscriber)


def _unwanted(query: CallQuery, subscriber: SubscriberFacts, network: Network, notes: Notes) -> Refused | None:
    """Callers whom the subscriber does not want to hear."""
    settings = subscriber.settings
    if settings.rejects_anonymous and notes.is_hidden and query.method == "INVITE":
        notes.step("screening", "{} takes no anonymous calls", subscriber.username)
        return Refused(433, "Anonymity Disallowed", subscriber)  # RFC 5079
    if not (settings.blocked_callers or settings.only_allowed_callers):
        return None
    caller = query.caller
    addresses = _addresses(query, network)
    is_same = isinstance(caller, SubscriberFacts) and caller.id == subscriber.id

    def fits(pattern: str) -> bool:
        if pattern.endswith("*"):
            return notes.caller_number != "" and notes.caller_number.startswith(pattern[:-1])
        return pattern == notes.caller_number or pattern in addresses

    if any(map(fits, settings.allowed_callers)) or is_same:
        return None
    if settings.only_allowed_callers or any(map(fits, settings.blocked_callers)):
        notes.step("screening", "{} does not want calls of this caller", subscriber.username)
        return Refused(603, "Decline", subscriber)
    return None


def _addresses(query: CallQuery, network: Network) -> frozenset[str]:
    """By which addresses a caller is known: a subscriber by its own, whatever it writes into From."""
    caller = query.caller
    if isinstance(caller, GatewayFacts):
        return frozenset({f"{query.from_uri.user_unescaped or ''}@{query.from_uri.host}".lower()})
    domain = network.domain(caller.domain_id)
    return frozenset(f"{caller.username}@{name}" for name in (domain.names if domain else ()))


def _instead(
    query: CallQuery, subscriber: SubscriberFacts, is_registered: bool, network: Network, notes: Notes
) -> Generator[Need, Any, Outcome | None]:
    """Where a call goes that does not ring the subscriber's phones at all; None: it does."""
    settings = subscriber.settings
    always = _forwarding(subscriber, "always")
    if always is not None:
        return (yield from try_targets(query, _then(subscriber, always, notes), (), network, notes))
    caller = query.caller if isinstance(query.caller, SubscriberFacts) and not notes.diversions else None
    if settings.do_not_disturb:
        notes.step("screening", "{} does not want to be disturbed", subscriber.username)
    if settings.do_not_disturb or is_full(subscriber, network, notes, caller):
        busy = _forwarding(subscriber, "busy")
        if busy is None:
            return Refused(486, "Busy Here", subscriber)
        return (yield from try_targets(query, _then(subscriber, busy, notes), (), network, notes))
    if is_registered or _forwarding(subscriber, "parallel") is not None:
        return None
    unreached = _forwarding(subscriber, "not_registered")
    if unreached is None:
        return _unregistered(subscriber, notes)
    notes.step("bindings", "no phone of {} is registered", subscriber.username)
    return (yield from try_targets(query, _then(subscriber, unreached, notes), (), network, notes))


def _beside(
    query: CallQuery, subscriber: SubscriberFacts, network: Network, notes: Notes
) -> Generator[Need, Any, tuple[ToSubscriber | ToGateways, ...]]:
    """What rings together with the phones. What these targets forward to in turn is not followed."""
    parallel = _forwarding(subscriber, "parallel")
    if parallel is None:
        return ()
    before = notes.called, notes.diversions
    found: list[ToSubscriber | ToGateways] = []
    for target in parallel.targets:
        notes.divert(subscriber, "parallel")
        notes.step("forwarding", "{} has {} rung as well", subscriber.username, target)
        outcome = yield from _to_target(query, subscriber, target, network, notes)
        if isinstance(outcome, Refused):
            notes.step("forwarding", "that goes nowhere: {} {}", outcome.status_code, outcome.reason)
        else:
            found.append(outcome)
        notes.called, notes.diversions = before
        notes.then, notes.rings_for = (), None
    return tuple(found)


def _note_what_follows(subscriber: SubscriberFacts, notes: Notes) -> None:
    for forwarding in subscriber.settings.forwardings:
        if forwarding.condition in _AFTER_RINGING:
            notes.then += (_then(subscriber, forwarding, notes),)
            if forwarding.condition == "no_answer":
                notes.rings_for = forwarding.seconds
                notes.step("forwarding", "{} may ring for {} seconds", subscriber.username, forwarding.seconds)


def _to_target(query: CallQuery, payer: SubscriberFacts, target: str, network: Network, notes: Notes) -> Thinking:
    """One target of a forwarding: the call goes there as the payer's own."""
    if query.diverted + len(notes.diversions) > MOST_DIVERSIONS:
        notes.step("forwarding", "the call was forwarded {} times before", query.diverted + len(notes.diversions) - 1)
        return Refused(482, _LOOP, payer)
    if target.startswith("+"):
        notes.called = target
        number = yield NumberNeed(target)
        if number is not None and not number.is_ported_out:
            return (yield from to_number(query, number, network, notes))
        return (yield from call_out(query, payer, target, network, notes))
    uri = _readable(target)
    domain = network.domain_of(uri) if uri is not None else None
    if uri is None or domain is None or not domain.is_active:
        notes.step("domain", "{} is at none of our domains, and calls to others are not relayed", target)
        return Refused(403, "Not a domain of ours")
    subscriber = yield SubscriberNeed(domain.id, (uri.user_unescaped or "").lower())
    if subscriber is None:
        notes.step("address", "{} is nobody", target)
        return Refused(404, "Not Found")
    return (yield from to_subscriber(query, subscriber, network, notes))


def _readable(target: str) -> Uri | None:
    try:
        return parse_uri(target)
    except UriError:
        return None


def _forwarding(subscriber: SubscriberFacts, condition: str) -> ForwardingFacts | None:
    return next((one for one in subscriber.settings.forwardings if one.condition == condition), None)


def _then(subscriber: SubscriberFacts, forwarding: ForwardingFacts, notes: Notes) -> Then:
    condition = forwarding.condition
    return Then(
        subscriber, condition, condition, forwarding.targets, forwarding.seconds, notes.diversions, notes.called
    )
