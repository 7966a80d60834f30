"""What routing comes to: an outcome, and the steps that led to it. Tuples, because every call makes some."""

from __future__ import annotations

from typing import NamedTuple

from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.registrar.binding import Binding


class Step(NamedTuple):
    """One step of a decision: which rule (a word that programs can rely on) and what it found (for people).

    What it found is put into words when somebody reads it: `template` as str.format has it, and what goes into it.
    """

    rule: str
    template: str
    found: tuple[object, ...] = ()

    @property
    def text(self) -> str:
        """The sentence for people."""
        return self.template.format(*self.found)


class Diversion(NamedTuple):
    """A forwarding that brought the call to where it goes now: whose, why (the condition), and the number that was
    called there, '' for none."""

    subscriber: SubscriberFacts
    reason: str
    number: str


class Sent(NamedTuple):
    """What one target gets that differs from what the caller sent.

    user: the user part of its request URI, '' for the registered one. from_: From's address (a URI in angle brackets,
    perhaps with a name before it), '' for the caller's. headers: fields that take the place of any of their name;
    on_top, below: such as go above, or below, those of their name that are there.
    """

    user: str = ""
    from_: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    on_top: tuple[tuple[str, str], ...] = ()
    below: tuple[tuple[str, str], ...] = ()


AS_IT_CAME = Sent()


class Attempt(NamedTuple):
    """One gateway to try, and the called number as this gateway wants it written.

    route_id: why this one. is_emergency: it has to take the call whatever else it has to do.
    """

    gateway: GatewayFacts
    number: str
    route_id: int = 0
    sent: Sent = AS_IT_CAME
    is_emergency: bool = False


class ToGateways(NamedTuple):
    """The call leaves: these gateways are tried one after the other.

    payer: the subscriber whose call it is, the caller or who forwards. number: as E.164, or as dialled where it is
    none. diversions: the forwardings on its way, the first one first.
    """

    attempts: tuple[Attempt, ...]
    payer: SubscriberFacts | None = None
    number: str = ""
    diversions: tuple[Diversion, ...] = ()

    @property
    def is_emergency(self) -> bool:
        """Whether it is a call for help, which nothing may hold up."""
        return self.attempts[0].is_emergency


class ToSubscriber(NamedTuple):
    """The call rings the phones that are registered for a subscriber, and what it wants rung `beside` them.

    diversions, number: as in ToGateways.
    """

    subscriber: SubscriberFacts
    bindings: tuple[Binding, ...]
    sent: Sent = AS_IT_CAME
    number: str = ""
    diversions: tuple[Diversion, ...] = ()
    beside: tuple[ToSubscriber | ToGateways, ...] = ()


class Refused(NamedTuple):
    """The call goes nowhere. `subscriber` is who it was for, where that much is known."""

    status_code: int
    reason: str
    subscriber: SubscriberFacts | None = None


Outcome = ToSubscriber | ToGateways | Refused


class Then(NamedTuple):
    """What is tried when a target has failed in a certain way.

    condition: of forwarding, '' for any failure (the next of a list). diversions, called: those up to the subscriber's,
    and the number that was called there.
    """

    subscriber: SubscriberFacts
    condition: str
    reason: str
    targets: tuple[str, ...]
    seconds: int
    diversions: tuple[Diversion, ...]
    called: str = ""


class Decision(NamedTuple):
    """An outcome, how it came about, and both numbers in E.164 ('' where there is none).

    rings_for: seconds after which the outcome counts as not answered, None: for as long as the proxy lets it. then:
    what follows when it fails, the first that fits.
    """

    outcome: Outcome
    steps: tuple[Step, ...]
    caller_number: str
    callee_number: str
    rings_for: int | None = None
    then: tuple[Then, ...] = ()
