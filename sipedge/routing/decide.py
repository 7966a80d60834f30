"""Where a call goes, and why: the heart of the edge and of "explain this call".

`decide` is a generator. It yields what it needs to know (needs.py) and is sent the answer, so the same code runs
in the edge, where most facts are in memory, and in the panel, where they are SQL. It ends with a Decision that
names each step it took.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any, Final, NamedTuple

from numbering.formats import Reading, from_e164, to_e164
from sipedge.facts import DomainFacts, GatewayFacts, NumberFacts, SubscriberFacts
from sipedge.routing.decision import Attempt, Decision, Outcome, Refused, Step, ToGateways, ToSubscriber
from sipedge.routing.needs import BindingsNeed, Need, Network, NumberNeed, SubscriberNeed
from sipedge.routing.network import number_format
from sipedge.sip.uri import Uri

_NUMBER: Final = re.compile(r"\+?[0-9*#().-]+")

Thinking = Generator[Need, Any, Outcome]


class CallQuery(NamedTuple):
    """A request that wants to go somewhere.

    `caller` is the gateway that it came from or the subscriber that authenticated; `from_uri` is what the
    request says of its sender, of use only when it came from a gateway.
    """

    method: str
    request_uri: Uri
    from_uri: Uri
    caller: SubscriberFacts | GatewayFacts


class _Notes:
    """What is being found out on the way."""

    __slots__ = ("callee_number", "caller_number", "steps")

    def __init__(self, is_explained: bool) -> None:
        self.steps: list[Step] | None = [] if is_explained else None
        self.caller_number = ""
        self.callee_number = ""

    def step(self, rule: str, template: str, *found: object) -> None:
        if self.steps is not None:
            self.steps.append(Step(rule, template, found))

    def number(self, dialled: str, reading: Reading) -> None:
        """Note how the dialled digits were read."""
        self.callee_number = reading.e164 or ""
        self.step("number", "{} is {}: {}", dialled, reading.e164, reading.rule)


def decide(query: CallQuery, network: Network, *, is_explained: bool = True) -> Generator[Need, Any, Decision]:
    """Route one request. Sends: what each need's class says. Returns: the Decision, without its steps where nobody
    asks for an explanation."""
    notes = _Notes(is_explained)
    _who_is_calling(query, notes)
    outcome = yield from _callee(query, network, notes)
    return Decision(outcome, tuple(notes.steps or ()), notes.caller_number, notes.callee_number)


def _who_is_calling(query: CallQuery, notes: _Notes) -> None:
    caller = query.caller
    if isinstance(caller, SubscriberFacts):
        notes.caller_number = caller.main_number or ""
        notes.step("caller", "the call is from subscriber {} ({})", caller.username, notes.caller_number or "no number")
        return
    reading = to_e164(query.from_uri.user or "", number_format(caller.number_format))
    notes.caller_number = reading.e164 or ""
    notes.step("caller", "the call is from gateway {}; its caller: {}", caller.name, reading.rule)


def _callee(query: CallQuery, network: Network, notes: _Notes) -> Thinking:
    """The request URI, read as an address of ours, then as a number."""
    uri = query.request_uri
    domain = network.domain_of(uri)
    if domain is None or not domain.is_active:
        notes.step("domain", "{} is none of our domains, and calls to others are not relayed", uri.host)
        return Refused(404 if isinstance(query.caller, GatewayFacts) else 403, "Not a domain of ours")
    user = _dialled(uri)
    if isinstance(query.caller, GatewayFacts):
        return (yield from _from_gateway(query.caller, user, domain, notes))
    if uri.scheme != "tel":
        subscriber = yield SubscriberNeed(domain.id, user.lower())
        if subscriber is not None:
            notes.step("address", "{} is a subscriber of {}", user, domain.name)
            return (yield from _subscriber(subscriber, notes))
    reading = to_e164(user, network.number_format_of(query.caller))
    if reading.e164 is None:
        notes.step("number", "{} is no subscriber of {} and no number: {}", user, domain.name, reading.rule)
        return Refused(404, "Not Found")
    notes.number(user, reading)
    number = yield NumberNeed(reading.e164)
    if number is not None:
        return (yield from _own_number(number, notes))
    return _way_out(query, reading.e164, network, notes)


def _dialled(uri: Uri) -> str:
    """The user part as it is looked up: of a telephone number without its parameters (§19.1.6); else they are its."""
    user = uri.user_unescaped or ""
    number, semicolon, _ = user.partition(";")
    return number if semicolon and _NUMBER.fullmatch(number) else user


def _from_gateway(gateway: GatewayFacts, user: str, domain: DomainFacts, notes: _Notes) -> Thinking:
    """The telephone network dials numbers: so no subscriber can take a number by taking it as a name."""
    reading = to_e164(user, number_format(gateway.number_format))
    if reading.e164 is None:
        notes.step("number", "{} is no number: {}", user, reading.rule)
        subscriber = yield SubscriberNeed(domain.id, user.lower())
        if subscriber is None:
            return Refused(404, "Not Found")
        notes.step("address", "{} is a subscriber of {}", user, domain.name)
        return (yield from _subscriber(subscriber, notes))
    notes.number(user, reading)
    number = yield NumberNeed(reading.e164)
    if number is not None:
        return (yield from _own_number(number, notes))
    notes.step("number", "it is none of ours, and a call that came in by a gateway does not leave by one")
    return Refused(404, "Number not served here")


def _own_number(number: NumberFacts, notes: _Notes) -> Thinking:
    subscriber = None
    if number.domain_id is not None and number.username is not None:
        subscriber = yield SubscriberNeed(number.domain_id, number.username)
    if subscriber is None:
        notes.step("number", "it is ours, and nobody has it")
        return Refused(404, "Number not assigned")
    notes.step("number", "it belongs to subscriber {}", subscriber.username)
    return (yield from _subscriber(subscriber, notes))


def _subscriber(subscriber: SubscriberFacts, notes: _Notes) -> Thinking:
    if not notes.callee_number:
        notes.callee_number = subscriber.main_number or ""
    if not subscriber.is_active:
        notes.step("subscriber", "{} is suspended", subscriber.username)
        return Refused(480, "Temporarily Unavailable", subscriber)
    bindings = yield BindingsNeed(subscriber.id)
    if not bindings:
        notes.step("bindings", "no phone of {} is registered", subscriber.username)
        return Refused(480, "Temporarily Unavailable", subscriber)
    notes.step("bindings", "{} has {} registered phone(s)", subscriber.username, len(bindings))
    return ToSubscriber(subscriber, tuple(bindings))


def _way_out(query: CallQuery, e164: str, network: Network, notes: _Notes) -> Outcome:
    """The gateways whose routes fit, longest prefix first, then by priority."""
    if query.method != "INVITE":
        notes.step("route", "only calls leave by a gateway, not {}", query.method)
        return Refused(404, "Not Found")
    gateways = network.gateways_for(e164)
    if not gateways:
        notes.step("route", "no route for {}", e164)
        return Refused(404, "No route to this number")
    return ToGateways(tuple(_attempts(gateways, e164, notes)))


def _attempts(gateways: Sequence[GatewayFacts], e164: str, notes: _Notes) -> Generator[Attempt, None, None]:
    for gateway in gateways:
        written = from_e164(e164, number_format(gateway.number_format))
        notes.step("route", "by gateway {}, which is sent {}", gateway.name, written)
        yield Attempt(gateway, written)
