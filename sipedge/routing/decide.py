"""Where a call goes, and why: the heart of the edge and of "explain this call".

`decide` and `proceed` are generators. They yield what they need to know (needs.py) and are sent the answer, so the same
code runs in the edge, where most facts are in memory, and in the panel, where they are SQL. They end with a Decision
that names each step it took.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from numbering.formats import NumberFormat, NumberKind, Reading, emergency_number, to_e164
from sipedge.facts import DomainFacts, GatewayFacts, SubscriberFacts
from sipedge.routing.callee import Thinking, to_number, to_subscriber, try_targets
from sipedge.routing.caller import who_is_calling
from sipedge.routing.decision import Decision, Outcome, Refused, Then, ToSubscriber
from sipedge.routing.dialled import dialled, keyed
from sipedge.routing.limits import is_full, is_gateway_full
from sipedge.routing.needs import Need, Network, NumberNeed, SubscriberNeed
from sipedge.routing.network import number_format
from sipedge.routing.notes import Notes
from sipedge.routing.outbound import call_for_help, call_out, call_service
from sipedge.routing.query import CallQuery, Failure
from sipedge.sip.uri import Uri

__all__ = ["CallQuery", "Failure", "decide", "following", "proceed"]


def decide(
    query: CallQuery, network: Network, *, is_explained: bool = True, notes: Notes | None = None
) -> Generator[Need, Any, Decision]:
    """Route one request. Sends: what each need's class says. Returns: the Decision, without its steps where nobody
    asks for an explanation. notes: fresh ones, of somebody who wants to read them at each need."""
    notes = notes or Notes(is_explained=is_explained)
    yield from who_is_calling(query, network, notes)
    outcome = yield from _callee(query, network, notes)
    return _decision(_within_limits(query, outcome, network, notes), notes)


def following(before: Decision, condition: str) -> int | None:
    """Which of `before.then` follows when its outcome has failed so (Failure.condition); None: nothing does."""
    return next((n for n, then in enumerate(before.then) if then.condition in ("", condition)), None)


def proceed(
    query: CallQuery, before: Decision, failure: Failure, network: Network, *, is_explained: bool = True,
    notes: Notes | None = None,
) -> Generator[Need, Any, Decision | None]:  # fmt: skip
    """What follows when a decision's outcome was tried and has failed. Returns None where nothing does. notes: as for
    `decide`."""
    picked = following(before, failure.condition)
    if picked is None:
        return None
    then = before.then[picked]
    notes = notes or Notes(is_explained=is_explained)
    notes.caller_number, notes.callee_number = before.caller_number, before.callee_number
    notes.is_hidden = query.hides_caller
    outcome = yield from try_targets(query, then, _rest(before.then[picked + 1 :], then), network, notes)
    return _decision(outcome, notes)


def _rest(later: tuple[Then, ...], picked: Then) -> tuple[Then, ...]:
    """Of one subscriber's forwardings on conditions, one alone is followed."""
    return tuple(then for then in later if not (then.condition and then.diversions == picked.diversions))


def _decision(outcome: Outcome, notes: Notes) -> Decision:
    steps = tuple(notes.steps or ())
    return Decision(outcome, steps, notes.caller_number, notes.callee_number, notes.rings_for, notes.then)


def _within_limits(query: CallQuery, outcome: Outcome, network: Network, notes: Notes) -> Outcome:
    """The caller's own limits, for calls that ring a subscriber; calls out are counted in outbound.py."""
    caller = query.caller
    if query.method != "INVITE" or isinstance(outcome, Refused):
        return outcome
    if isinstance(caller, GatewayFacts):
        if is_gateway_full(caller, network):
            notes.step("limit", "all {} channels of gateway {} are in use", caller.max_calls, caller.name)
            return Refused(503, "All channels are in use")
    elif (isinstance(outcome, ToSubscriber) or outcome.diversions) and is_full(caller, network, notes):
        return Refused(486, "Too many calls at the same time")
    return outcome


def _callee(query: CallQuery, network: Network, notes: Notes) -> Thinking:
    """The request URI, read as an address of ours, then as a number."""
    uri, caller = query.request_uri, query.caller
    if isinstance(caller, SubscriberFacts) and uri.scheme == "urn":
        return (yield from _by_service_name(query, caller, network, notes))
    domain = _domain_of(uri, caller, network)
    if domain is not None and isinstance(caller, SubscriberFacts):
        reading = to_e164(dialled(uri), network.number_format_of(caller))
        wanted = _for_help(uri, reading, network.number_format_of(caller))
        if wanted is not None and query.method == "INVITE":
            return (yield from call_for_help(query, caller, wanted, network, notes))
        if domain.is_active:
            return (yield from _from_subscriber(query, caller, reading, domain, network, notes))
    elif domain is not None and domain.is_active and isinstance(caller, GatewayFacts):
        return (yield from _from_gateway(query, caller, domain, network, notes))
    notes.step("domain", "{} is none of our domains, and calls to others are not relayed", uri.host)
    return Refused(404 if isinstance(caller, GatewayFacts) else 403, "Not a domain of ours")


def _for_help(uri: Uri, reading: Reading, known: NumberFormat) -> str | None:
    """The emergency number that was dialled, in whatever context a phone has put it; None: it is another one."""
    if reading.kind is not NumberKind.EMERGENCY and (number := keyed(uri)) != dialled(uri):
        reading = to_e164(number, known)
    return reading.digits if reading.kind is NumberKind.EMERGENCY else None


def _domain_of(uri: Uri, caller: SubscriberFacts | GatewayFacts, network: Network) -> DomainFacts | None:
    """The domain that a URI is for; a tel URI names none, so a subscriber dials it at home."""
    if uri.scheme == "tel" and isinstance(caller, SubscriberFacts):
        return network.domain(caller.domain_id)
    return network.domain_of(uri)


def _by_service_name(query: CallQuery, caller: SubscriberFacts, network: Network, notes: Notes) -> Thinking:
    """urn:service:sos and what lies below it (RFC 5031): a call for help, to the number that the caller would dial."""
    name = (query.request_uri.user or "").lower()
    if not (name == "service:sos" or name.startswith("service:sos.")):
        notes.step("number", "{} is no service that is known here", name)
        return Refused(404, "Not Found")
    digits = emergency_number(name.removeprefix("service:"), network.number_format_of(caller))
    notes.step("number", "{} is called by {} here", name, digits)
    return (yield from call_for_help(query, caller, digits, network, notes))


def _from_subscriber(
    query: CallQuery, caller: SubscriberFacts, reading: Reading, domain: DomainFacts, network: Network, notes: Notes
) -> Thinking:
    user = dialled(query.request_uri)
    if not caller.is_active:
        notes.step("caller", "{} is suspended, and may only call for help", caller.username)
        return Refused(403, "This account is suspended")
    if query.request_uri.scheme != "tel":
        subscriber = yield SubscriberNeed(domain.id, user.lower())
        if subscriber is not None:
            notes.step("address", "{} is a subscriber of {}", user, domain.name)
            return (yield from to_subscriber(query, subscriber, network, notes))
    if reading.kind is NumberKind.SERVICE:
        notes.step("number", "{} is a service number: {}", user, reading.rule)
        return (yield from call_service(query, caller, reading.digits, network, notes))
    if reading.e164 is None:
        notes.step("number", "{} is no subscriber of {} and no number: {}", user, domain.name, reading.rule)
        return Refused(404, "Not Found")
    notes.number(user, reading)
    number = yield NumberNeed(reading.e164)
    if number is not None and not number.is_ported_out:
        return (yield from to_number(query, number, network, notes))
    if number is not None:
        notes.step("number", "it was ours, and is another provider's now")
    return (yield from call_out(query, caller, reading.e164, network, notes))


def _from_gateway(
    query: CallQuery, gateway: GatewayFacts, domain: DomainFacts, network: Network, notes: Notes
) -> Thinking:
    """The telephone network dials numbers: so no subscriber can take a number by taking it as a name."""
    user = dialled(query.request_uri)
    reading = to_e164(user, number_format(gateway.number_format))
    if reading.e164 is None:
        notes.step("number", "{} is no number: {}", user, reading.rule)
        subscriber = yield SubscriberNeed(domain.id, user.lower())
        if subscriber is None:
            return Refused(404, "Not Found")
        notes.step("address", "{} is a subscriber of {}", user, domain.name)
        return (yield from to_subscriber(query, subscriber, network, notes))
    notes.number(user, reading)
    number = yield NumberNeed(reading.e164)
    if number is not None and not number.is_ported_out:
        return (yield from to_number(query, number, network, notes))
    notes.step("number", "it is none of ours, and a call that came in by a gateway does not leave by one")
    return Refused(404, "Number not served here")
