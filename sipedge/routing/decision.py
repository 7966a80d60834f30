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


class ToSubscriber(NamedTuple):
    """The call rings the phones that are registered for a subscriber."""

    subscriber: SubscriberFacts
    bindings: tuple[Binding, ...]


class Attempt(NamedTuple):
    """One gateway to try, and the called number as this gateway wants it written."""

    gateway: GatewayFacts
    number: str


class ToGateways(NamedTuple):
    """The call leaves: these gateways are tried one after the other."""

    attempts: tuple[Attempt, ...]


class Refused(NamedTuple):
    """The call goes nowhere. `subscriber` is who it was for, where that much is known."""

    status_code: int
    reason: str
    subscriber: SubscriberFacts | None = None


Outcome = ToSubscriber | ToGateways | Refused


class Decision(NamedTuple):
    """An outcome, how it came about, and both numbers in E.164 ('' where there is none)."""

    outcome: Outcome
    steps: tuple[Step, ...]
    caller_number: str
    callee_number: str
