"""Forking and its end: the response context of RFC 3261 §16.7, with CANCEL (§16.10) and Timer C (§16.8).

Pure. Each method takes what happened and returns what has to be done, in order; the caller owns transactions,
sockets and clocks. Targets come in groups: those of a group ring together, a group is tried when the one
before it has failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Generic, TypeVar

from sipedge.proxy.best_response import best_of
from sipedge.sip.message import Request, Response

TIMER_C: Final = 185.0  # seconds; §16.6 step 11: larger than 3 minutes
CANCEL_PATIENCE: Final = 32.0  # seconds, 64*T1: §9.1, how long a cancelled branch may take to say so

TargetT = TypeVar("TargetT")


class BranchState(Enum):
    """Where a branch stands. There is no way back."""

    CALLING = "calling"  # sent, nothing heard
    PROCEEDING = "proceeding"  # a provisional response came: it can be cancelled
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class Branch(Generic[TargetT]):
    """One forwarded copy of the request."""

    target: TargetT
    deadline: float
    state: BranchState = BranchState.CALLING
    cancel_wanted: bool = False
    cancel_sent: bool = False


@dataclass(frozen=True, slots=True)
class Start(Generic[TargetT]):
    """Send the request to this branch's target."""

    branch: Branch[TargetT]


@dataclass(frozen=True, slots=True)
class Cancel(Generic[TargetT]):
    """Send a CANCEL for this branch."""

    branch: Branch[TargetT]


@dataclass(frozen=True, slots=True)
class Forward:
    """Send this response upstream; `response` still carries our Via. None: 408, for nobody answered in time."""

    response: Response | None
    status_code: int


Action = Start[TargetT] | Cancel[TargetT] | Forward


def any_failure(status_code: int) -> bool:
    """The next group is tried after any failure but a 6xx, which §16.7 step 5 makes final."""
    return status_code < 600


@dataclass(slots=True)
class ResponseContext(Generic[TargetT]):
    """All branches of one request, and the choice of the answer that its sender gets."""

    request: Request
    groups: list[Sequence[TargetT]]
    goes_on_after: Callable[[int], bool] = any_failure
    branches: list[Branch[TargetT]] = field(default_factory=list)
    finals: list[tuple[int, Response | None]] = field(default_factory=list)
    answered: bool = False
    cancelled: bool = False

    @property
    def is_invite(self) -> bool:
        """Only an INVITE has provisional patience, Timer C, and several 2xx."""
        return self.request.method == "INVITE"

    def begin(self, now: float) -> list[Action[TargetT]]:
        """The first group's branches. There is at least one target."""
        return self._next_group(now)

    def response(self, branch: Branch[TargetT], response: Response, now: float) -> list[Action[TargetT]]:
        """A response came on a branch."""
        status_code = response.status_code
        if status_code < 200:
            return self._provisional(branch, response, now)
        if status_code < 300:
            return self._success(branch, response, now)
        if branch.state is BranchState.ENDED:
            return []
        return self._ended(branch, status_code, response, now)

    def failed(self, branch: Branch[TargetT], status_code: int, now: float) -> list[Action[TargetT]]:
        """A branch that will not answer any more: 408 for a time-out, 503 for a transport that failed (§16.9)."""
        if branch.state is BranchState.ENDED:
            return []
        return self._ended(branch, status_code, None, now)

    def cancel(self, now: float) -> list[Action[TargetT]]:
        """The caller sent CANCEL (§16.10). No further group is tried."""
        self.cancelled = True
        return self._cancel_pending(now)

    def give_up(self, now: float) -> list[Action[TargetT]]:
        """Answer 503 at once and cancel what rings: this element is about to stop."""
        actions = self._cancel_pending(now)
        if not self.answered:
            self.answered = True
            actions.append(Forward(None, 503))
        return actions

    def deadline(self) -> float | None:
        """When `handle_deadline` has to be called next; None while nothing is pending."""
        return min((b.deadline for b in self.branches if b.state is not BranchState.ENDED), default=None)

    def handle_deadline(self, now: float) -> list[Action[TargetT]]:
        """Timer C of §16.8: a branch that has rung for too long is cancelled, one that ignores its CANCEL given up."""
        actions: list[Action[TargetT]] = []
        for branch in self.branches:
            if branch.state is BranchState.ENDED or branch.deadline > now:
                continue
            if branch.state is BranchState.PROCEEDING and not branch.cancel_sent:
                actions += self._cancel(branch, now)
            else:
                actions += self._ended(branch, 408, None, now)
        return actions

    def _provisional(self, branch: Branch[TargetT], response: Response, now: float) -> list[Action[TargetT]]:
        if branch.state is BranchState.ENDED:
            return []
        branch.state = BranchState.PROCEEDING
        if branch.cancel_wanted and not branch.cancel_sent:
            return self._cancel(branch, now)
        if response.status_code == 100 or self.answered:
            return []
        if not branch.cancel_sent:
            branch.deadline = now + TIMER_C
        return [Forward(response, response.status_code)]

    def _success(self, branch: Branch[TargetT], response: Response, now: float) -> list[Action[TargetT]]:
        """§16.7 step 5: a 2xx goes upstream at once, every one of an INVITE's; the others are cancelled (step 10)."""
        branch.state = BranchState.ENDED
        if self.answered and not self.is_invite:
            return []
        self.answered = True
        return [Forward(response, response.status_code), *self._cancel_pending(now)]

    def _ended(
        self, branch: Branch[TargetT], status_code: int, response: Response | None, now: float
    ) -> list[Action[TargetT]]:
        branch.state = BranchState.ENDED
        if self.answered:
            return []
        self.finals.append((status_code, response))
        actions = self._cancel_pending(now) if status_code >= 600 else []
        if any(b.state is not BranchState.ENDED for b in self.branches):
            return actions
        if self.groups and not self.cancelled and self._worth_going_on():
            return self._next_group(now)
        self.answered = True
        status_code, best = (487, None) if self._only_silence_after_cancel() else best_of(self.finals)
        return [*actions, Forward(best, status_code)]

    def _worth_going_on(self) -> bool:
        return all(status < 600 for status, _ in self.finals) and self.goes_on_after(self.finals[-1][0])

    def _only_silence_after_cancel(self) -> bool:
        return self.cancelled and all(response is None for _, response in self.finals)

    def _next_group(self, now: float) -> list[Action[TargetT]]:
        started = [Branch(target, now + TIMER_C) for target in self.groups.pop(0)]
        self.branches += started
        return [Start(branch) for branch in started]

    def _cancel_pending(self, now: float) -> list[Action[TargetT]]:
        actions: list[Action[TargetT]] = []
        if not self.is_invite:
            return actions
        for branch in self.branches:
            if branch.state is BranchState.PROCEEDING and not branch.cancel_sent:
                actions += self._cancel(branch, now)
            elif branch.state is BranchState.CALLING:
                branch.cancel_wanted = True  # §9.1: no CANCEL before a provisional response
        return actions

    def _cancel(self, branch: Branch[TargetT], now: float) -> list[Action[TargetT]]:
        branch.cancel_sent = True
        branch.deadline = now + CANCEL_PATIENCE
        return [Cancel(branch)]
