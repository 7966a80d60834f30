"""Forking and its end: the response context of RFC 3261 §16.7, with CANCEL (§16.10) and Timer C (§16.8).

Pure. Each method takes what happened and returns what has to be done, in order; the caller owns transactions,
sockets and clocks. Targets come in groups: those of a group ring together, a group is tried when the one
before it has failed, or those of a group that the request's Max-Breadth does not let ring at once (RFC 5393).

Behind the last group there may be more (the callee's forwarding): then `Exhausted` says that somebody has to find out,
and `go_on` or `conclude` what came of it. All of a stage, which is what was known at a time, may ring for so long, and
each target for so long without ringing (`Limits`); who did not answer by then is cancelled, and counts as silent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

from sipedge.proxy.best_response import best_of
from sipedge.proxy.breadth import DEFAULT_BREADTH, breadth_of, in_waves, shares
from sipedge.sip.message import Request, Response

TIMER_C: Final = 185.0  # seconds; §16.6 step 11: larger than 3 minutes
CANCEL_PATIENCE: Final = 32.0  # seconds, 64*T1: §9.1, how long a cancelled branch may take to say so
POST_DIAL_LIMIT: Final = 30.0
"""Seconds after which no other way is begun to reach what does not ring: the caller has heard nothing all that time."""
LIMIT_PATIENCE: Final = 2.0  # seconds; the same where somebody else is to be called instead

TargetT = TypeVar("TargetT")


class BranchState(Enum):
    """Where a branch stands. There is no way back, but from PROCEEDING where the request had to be sent again."""

    CALLING = "calling"  # sent, nothing heard
    PROCEEDING = "proceeding"  # a provisional response came: it can be cancelled
    ENDED = "ended"


_ENDED: Final = BranchState.ENDED  # looked up once: an Enum's members are slow to reach


class Branch(Generic[TargetT]):
    """One forwarded copy of the request."""

    __slots__ = ("breadth", "cancel_sent", "cancel_wanted", "deadline", "is_over_limit", "rings_by", "state", "target")

    def __init__(
        self, target: TargetT, deadline: float, breadth: int = DEFAULT_BREADTH, rings_by: float | None = None
    ) -> None:
        self.target = target
        self.deadline = deadline
        self.breadth = breadth
        self.rings_by = rings_by
        self.is_over_limit = False
        self.state = BranchState.CALLING
        self.cancel_wanted = False
        self.cancel_sent = False


class Start(NamedTuple, Generic[TargetT]):
    """Send the request to this branch's target. is_other_way: it takes the place of one that has failed."""

    branch: Branch[TargetT]
    is_other_way: bool = False


class Cancel(NamedTuple, Generic[TargetT]):
    """Send a CANCEL for this branch. reason: the value of its Reason header (RFC 3326), '' for none."""

    branch: Branch[TargetT]
    reason: str = ""


class Forward(NamedTuple):
    """Send this response upstream; `response` still carries our Via. None: one of our own with this status code."""

    response: Response | None
    status_code: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing, ever: nobody answered a request that is no INVITE, and its sender's own timer has just told him.

    RFC 4320 §4.2: a 408 would only come too late.
    """


class Exhausted(NamedTuple):
    """All that was known has failed, and this says it best; somebody has to say what follows."""

    status_code: int
    has_rung: bool
    is_timed_out: bool


Action = Start[TargetT] | Cancel[TargetT] | Forward | Silence | Exhausted


def no_other_way(_target: object, _status_code: int, _is_ours: bool) -> None:
    """Where every target is a device of its own."""


def no_limit(_target: object) -> None:
    """Where every target may take its time."""


class ResponseContext(Generic[TargetT]):
    """All branches of one request, and the choice of the answer that its sender gets.

    next_way: what is tried in the place of a target that failed with a status (is_ours: that we made, for a time-out
    or a transport that failed): another way to the same device (RFC 5626 §5.3), or the next gateway; None: nothing.
    rings_within: seconds that a target has until it rings, None: as many as it likes. is_invite: only an INVITE has
    provisional patience, Timer C, and several 2xx. answered: the sender has got a final response; failed_upstream: one
    that is no 2xx. may_go_on: whether more may follow behind the last group.
    """

    __slots__ = (
        "answered", "branches", "cancel_reason", "cancelled", "failed_upstream", "finals", "groups", "has_rung",
        "is_exhausted", "is_invite", "is_timed_out", "may_go_on", "next_way", "others_until", "request", "rings_within",
        "stage_begins", "stage_ends",
    )  # fmt: skip

    def __init__(
        self,
        request: Request,
        groups: list[Sequence[TargetT]],
        *,
        next_way: Callable[[TargetT, int, bool], TargetT | None] = no_other_way,
        rings_within: Callable[[TargetT], float | None] = no_limit,
    ) -> None:
        self.request = request
        self.groups = groups
        self.next_way = next_way
        self.rings_within = rings_within
        self.may_go_on = self.is_exhausted = self.has_rung = self.is_timed_out = False
        self.stage_begins = 0  # how many had failed before
        self.others_until = 0.0
        self.stage_ends: float | None = None
        self.is_invite = request.method == "INVITE"
        self.branches: list[Branch[TargetT]] = []
        self.finals: list[tuple[int, Response | None]] = []
        self.answered = self.failed_upstream = self.cancelled = False
        self.cancel_reason = ""

    def begin(self, now: float, rings_for: float | None = None) -> list[Action[TargetT]]:
        """The first group's branches. There is at least one target, and the request may fork at all (Max-Breadth).

        rings_for: seconds that this stage has to be answered, None: as Timer C says.
        """
        self.stage_begins, self.stage_ends = len(self.finals), None if rings_for is None else now + rings_for
        self.has_rung = self.is_timed_out = self.is_exhausted = False
        self.others_until = now + POST_DIAL_LIMIT
        breadth = breadth_of(self.request)
        if len(self.groups) > 1 or len(self.groups[0]) > breadth:
            self.groups = in_waves(self.groups, breadth)
        return self._next_group(now)

    def response(self, branch: Branch[TargetT], response: Response, now: float) -> list[Action[TargetT]]:
        """A response came on a branch."""
        status_code = response.status_code
        if status_code < 200:
            return self._provisional(branch, response, now)
        if status_code < 300:
            return self._success(branch, response, now)
        if branch.state is _ENDED:
            return []
        return self._ended(branch, status_code, response, now)

    def failed(self, branch: Branch[TargetT], status_code: int, now: float) -> list[Action[TargetT]]:
        """A branch that will not answer any more: 408 for a time-out, 503 for a transport that failed (§16.9)."""
        if branch.state is _ENDED:
            return []
        return self._ended(branch, status_code, None, now)

    def sent_again(self, branch: Branch[TargetT]) -> None:
        """A branch that is pending had its request challenged, and it went out anew: nothing was heard of that yet."""
        branch.state = BranchState.CALLING

    def go_on(self, groups: list[Sequence[TargetT]], now: float, rings_for: float | None) -> list[Action[TargetT]]:
        """More was found behind the last group; nothing is done with it when the caller has given up meanwhile."""
        if self.answered:
            return []
        self.groups = groups
        return self.begin(now, rings_for)

    def conclude(self) -> list[Action[TargetT]]:
        """Nothing was found behind the last group: the caller hears how those before it ended."""
        if self.answered:
            return []
        self.answered = self.failed_upstream = True
        return [self._failure()]

    def cancel(self, now: float, reason: str = "") -> list[Action[TargetT]]:
        """The caller sent CANCEL (§16.10), with this Reason. No further group is tried."""
        self.cancelled = True
        if self.is_exhausted and not self.answered:
            self.answered = self.failed_upstream = True
            return [Forward(None, 487)]
        return self._cancel_pending(now, reason)

    def give_up(self, now: float) -> list[Action[TargetT]]:
        """Answer 503 at once and cancel what rings: this element is about to stop."""
        self.cancelled = True
        actions = self._cancel_pending(now, "")
        if not self.answered:
            self.answered = self.failed_upstream = True
            actions.append(Forward(None, 503))
        return actions

    def deadline(self) -> float | None:
        """When `handle_deadline` has to be called next; None while nothing is pending."""
        soonest = None
        for branch in self.branches:
            if branch.state is not _ENDED:
                due = branch.deadline if branch.rings_by is None else min(branch.deadline, branch.rings_by)
                if soonest is None or due < soonest:
                    soonest = due
        if soonest is not None and self.stage_ends is not None and not self.answered:
            return min(soonest, self.stage_ends)
        return soonest

    def handle_deadline(self, now: float) -> list[Action[TargetT]]:
        """Timer C of §16.8: a branch that has rung for too long is cancelled, one that ignores its CANCEL given up."""
        actions: list[Action[TargetT]] = self._limits_passed(now)
        for branch in list(self.branches):
            if branch.state is _ENDED or branch.deadline > now:
                continue
            if self.is_invite and branch.state is BranchState.PROCEEDING and not branch.cancel_sent:
                branch.is_over_limit = True
                actions += self._cancel(branch, now, "")
            else:
                actions += self._ended(branch, 408, None, now)
        return actions

    def _limits_passed(self, now: float) -> list[Action[TargetT]]:
        """Those whose time without ringing is over, and all of a stage whose time is over."""
        is_over = self.stage_ends is not None and self.stage_ends <= now and not self.answered
        if is_over:
            self.stage_ends, self.is_timed_out = None, not self.cancelled
            self.groups = []
        actions: list[Action[TargetT]] = []
        for branch in list(self.branches):
            is_due = branch.rings_by is not None and branch.rings_by <= now and not self.answered
            if branch.state is _ENDED or not (is_over or is_due):
                continue
            branch.rings_by, branch.is_over_limit = None, True
            if branch.state is BranchState.PROCEEDING:
                if not branch.cancel_sent:
                    actions += self._cancel(branch, now, "")
                    branch.deadline = now + LIMIT_PATIENCE
            else:
                actions += self._ended(branch, 408, None, now)
        return actions

    def _provisional(self, branch: Branch[TargetT], response: Response, now: float) -> list[Action[TargetT]]:
        if branch.state is _ENDED:
            return []
        branch.state = BranchState.PROCEEDING
        if response.status_code != 100:
            branch.rings_by = None
            self.has_rung = True
        if branch.cancel_wanted and not branch.cancel_sent:
            return self._cancel(branch, now, self.cancel_reason)
        if not branch.cancel_sent and response.status_code not in (100, 199):
            branch.deadline = now + TIMER_C  # §16.7 step 2
        if self.answered or not self._passes(response):
            return []
        return [Forward(response, response.status_code)]

    def _passes(self, response: Response) -> bool:
        """Which provisional responses the caller gets: not 100 (§16.7 step 5); none but 100 to what is no INVITE
        (RFC 4320 §4.1); 199 if he can read it (RFC 6228), or if its sender waits for a PRACK (RFC 3262)."""
        if response.status_code == 100 or not self.is_invite:
            return False
        if response.status_code != 199 or response.has("RSeq"):
            return True
        return "199" in self.request.values("Supported")

    def _success(self, branch: Branch[TargetT], response: Response, now: float) -> list[Action[TargetT]]:
        """§16.7 step 5: a 2xx goes upstream at once, every one of an INVITE's; the others are cancelled (step 10).

        One that comes when the caller was told of a failure (Timer C, an edge that stops) has nowhere to go.
        """
        branch.state = _ENDED
        if self.failed_upstream or (self.answered and not self.is_invite):
            return []
        self.answered = True
        reason = 'SIP;cause=200;text="Call completed elsewhere"'
        return [Forward(response, response.status_code), *self._cancel_pending(now, reason)]

    def _ended(
        self, branch: Branch[TargetT], status_code: int, response: Response | None, now: float
    ) -> list[Action[TargetT]]:
        branch.state = _ENDED
        if self.answered:
            return []
        if branch.is_over_limit and status_code == 487:
            status_code, response = 408, None  # cancelled because its time was over
        other = self._other_way(branch, status_code, response) if now < self.others_until else None
        if other is not None:
            self.branches.append(self._branch(other, now, branch.breadth))
            return [Start(self.branches[-1], is_other_way=True)]
        self.finals.append((status_code, response))
        actions = self._cancel_pending(now, f"SIP;cause={status_code}") if status_code >= 600 else []
        if any(b.state is not _ENDED for b in self.branches):
            return actions
        if self.groups and not self.cancelled and self._worth_going_on():
            return self._next_group(now)
        if self.may_go_on and not self.cancelled:
            self.is_exhausted, self.stage_ends, self.groups = True, None, []
            best, _ = best_of(self.finals[self.stage_begins :])
            return [*actions, Exhausted(best, self.has_rung, self.is_timed_out)]
        self.answered = self.failed_upstream = True
        return [*actions, self._failure()]

    def _branch(self, target: TargetT, now: float, breadth: int) -> Branch[TargetT]:
        within = self.rings_within(target) if self.is_invite else None
        return Branch(target, now + TIMER_C, breadth, None if within is None else now + within)

    def _other_way(self, branch: Branch[TargetT], status_code: int, response: Response | None) -> TargetT | None:
        """Another way to the same target, where it may lead further and somebody still waits for it."""
        if self.cancelled or branch.cancel_wanted or self.is_timed_out:
            return None
        if branch.cancel_sent and not branch.is_over_limit:
            return None
        if status_code == 408 and not self.is_invite:
            return None  # its sender has given up as well
        return self.next_way(branch.target, status_code, response is None)

    def _failure(self) -> Forward | Silence:
        if self.cancelled and all(response is None for _, response in self.finals):
            return Forward(None, 487)
        is_outside = self.request.get("To") is None or self.request.to_tag is None
        status_code, best = best_of(self.finals, hide_redirects=is_outside)
        return Silence() if status_code == 408 and not self.is_invite else Forward(best, status_code)

    def _worth_going_on(self) -> bool:
        """Whether the next group may do better; what is no INVITE has no time for a second one after a time-out."""
        last = self.finals[-1][0]
        if last == 408 and not self.is_invite:
            return False
        return all(status < 600 for status, _ in self.finals[self.stage_begins :])

    def _next_group(self, now: float) -> list[Action[TargetT]]:
        targets = self.groups.pop(0)
        breadth = breadth_of(self.request)
        if len(targets) == 1:
            branch = self._branch(targets[0], now, breadth)
            self.branches.append(branch)
            return [Start(branch)]
        widths = shares(breadth, len(targets))
        started = [self._branch(target, now, width) for target, width in zip(targets, widths, strict=True)]
        self.branches += started
        return [Start(branch) for branch in started]

    def _cancel_pending(self, now: float, reason: str) -> list[Action[TargetT]]:
        actions: list[Action[TargetT]] = []
        if not self.is_invite:
            return actions
        self.cancel_reason = reason
        for branch in self.branches:
            if branch.state is BranchState.PROCEEDING and not branch.cancel_sent:
                actions += self._cancel(branch, now, reason)
            elif branch.state is BranchState.CALLING:
                branch.cancel_wanted = True  # §9.1: no CANCEL before a provisional response
        return actions

    def _cancel(self, branch: Branch[TargetT], now: float, reason: str) -> list[Action[TargetT]]:
        branch.cancel_sent = True
        branch.deadline = now + CANCEL_PATIENCE
        return [Cancel(branch, reason)]
