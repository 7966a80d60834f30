"""What is being found out on the way to a decision."""

from __future__ import annotations

from numbering.formats import Reading
from sipedge.facts import SubscriberFacts
from sipedge.routing.decision import Diversion, Step, Then

MOST_DIVERSIONS = 5
"""How often a call is forwarded, those before it came here counted (RFC 5806 has no limit, networks have this one)."""


class Notes:
    """One decision in the making.

    caller_number: who calls, in E.164, known also where it is not shown. called: the number that is being called, in
    E.164, '' for a name. is_hidden: the caller is not shown; shows_name: by its address rather than by its number.
    diversions: forwardings so far. then, rings_for: see Decision.
    """

    __slots__ = (
        "called", "callee_number", "caller_number", "diversions", "is_hidden", "rings_for", "shows_name", "steps",
        "then",
    )  # fmt: skip

    def __init__(self, *, is_explained: bool) -> None:
        self.steps: list[Step] | None = [] if is_explained else None
        self.caller_number = self.callee_number = self.called = ""
        self.is_hidden = self.shows_name = False
        self.diversions: tuple[Diversion, ...] = ()
        self.then: tuple[Then, ...] = ()
        self.rings_for: int | None = None

    def step(self, rule: str, template: str, *found: object) -> None:
        """Note a step, where anybody wants to know."""
        if self.steps is not None:
            self.steps.append(Step(rule, template, found))

    def number(self, dialled: str, reading: Reading) -> None:
        """Note how the dialled digits were read."""
        self.called = reading.e164 or ""
        if not self.diversions:
            self.callee_number = self.called
        self.step("number", "{} is {}: {}", dialled, reading.e164, reading.rule)

    def divert(self, subscriber: SubscriberFacts, reason: str) -> None:
        """The call goes on by a forwarding of this subscriber."""
        self.diversions += (Diversion(subscriber, reason, self.called or subscriber.main_number or ""),)
        self.called = ""

    def was_at(self, subscriber: SubscriberFacts) -> bool:
        """Whether this subscriber has forwarded the call already."""
        return any(diversion.subscriber.id == subscriber.id for diversion in self.diversions)
