"""What routing comes to: an outcome, and the steps that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.registrar.binding import Binding


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a decision: which rule (a word that programs can rely on) and what it found (for people)."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class ToSubscriber:
    """The call rings the phones that are registered for a subscriber."""

    subscriber: SubscriberFacts
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One gateway to try, and the called number as this gateway wants it written."""

    gateway: GatewayFacts
    number: str


@dataclass(frozen=True, slots=True)
class ToGateways:
    """The call leaves: these gateways are tried one after the other."""

    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The call goes nowhere. `subscriber` is who it was for, where that much is known."""

    status_code: int
    reason: str
    subscriber: SubscriberFacts | None = None


Outcome = ToSubscriber | ToGateways | Refused


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, how it came about, and both numbers in E.164 ('' where there is none)."""

    outcome: Outcome
    steps: tuple[Step, ...]
    caller_number: str
    callee_number: str
