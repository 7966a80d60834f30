"""Carrying out what a response context decides: branches are delivered, answers go upstream.

What the context waits for is bounded beyond RFC 3261 in three ways, so that a dead phone delays nobody:

- After the caller's CANCEL, and after a 6xx, a branch that nothing was ever heard of ends at once (487): it cannot be
  cancelled (§9.1), and Timer B would hold the answer back for 32 s. The same goes for one not even located yet.
- A silent branch whose phone can be reached by another way (RFC 5626) gives its place to that when its patience is
  over, whatever the other branches do.
- Where silent branches are all that is waited for, while another branch has failed, another group is left, or calls to
  who is not reached are forwarded, they end with a 408 when their patience (handlers/branches.py) is over. While
  anything rings they stay in the race.

Whatever such a branch says later is dealt with by its Delivery.

What was known when the call began may all have failed, and the callee may have said where it is to go then: `further`
is asked, and what it gives is tried as the first targets were.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.branches import Delivery
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.hops import NextHop
from sipedge.proxy import identity, session_timer
from sipedge.proxy.forward import backward
from sipedge.proxy.loop import loop_mark
from sipedge.proxy.present import as_the_sender_wrote
from sipedge.proxy.response_context import (
    Action,
    Branch,
    BranchState,
    Cancel,
    Exhausted,
    Forward,
    ResponseContext,
    Silence,
    Start,
)
from sipedge.proxy.session_timer import SessionTimer
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response
from sipedge.sip.plain_response import PlainResponse
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.waiting import start

if TYPE_CHECKING:
    from sipedge.handlers.records import Leg
    from sipedge.handlers.services import Services

RecordRoutes = Callable[[NextHop, Flow], Sequence[str]]


class Stage(NamedTuple):
    """What is tried together, in groups one after the other.

    rings_for: seconds that all of it has to be answered, None: no such limit. may_go_on: whether something may follow
    when it fails; after_silence: whether something does when nothing is heard of it.
    """

    groups: list[Sequence[NextHop]]
    rings_for: int | None = None
    may_go_on: bool = False
    after_silence: bool = False

    @property
    def legs(self) -> list[Leg]:
        """The forwarded calls that its targets are of, each once."""
        return list(dict.fromkeys(hop.leg for group in self.groups for hop in group if hop.leg is not None))


Further = Callable[[Exhausted], Awaitable[Stage | None]]


class Watch(Protocol):
    """Whoever wants to know how a forwarded request fares: the call's record."""

    def tries(self, hop: NextHop) -> None:
        """The request goes to this target now."""
        ...

    def tried(self, hop: NextHop, status_code: int, reason: str, seconds: float) -> None:
        """This target has answered, or will not any more."""
        ...

    def provisional(self, response: Response) -> None:
        """This provisional response went upstream."""
        ...

    def success(self, response: Response) -> None:
        """This 2xx went upstream; it may come again."""
        ...

    def failure(self, status_code: int, response: Response | None) -> None:
        """The final failure went upstream, or would have come too late for that (RFC 4320); response None where we made
        it."""
        ...


class Forwarding:
    """One request on its way to its targets.

    mark: what its branches carry so that a loop is known (proxy/loop.py). has_failed: its sender was told of a failure.
    """

    def __init__(
        self,
        exchange: Exchange,
        request: Request,
        stage: Stage,
        record_routes: RecordRoutes,
        *,
        watch: Watch | None = None,
        timer: SessionTimer | None = None,
        further: Further | None = None,
    ) -> None:
        self.exchange = exchange
        self.services: Services = exchange.services
        self.context: ResponseContext[NextHop] = ResponseContext(
            request, stage.groups, next_way=NextHop.next_way, rings_within=NextHop.rings_within
        )
        self.context.may_go_on = stage.may_go_on
        self.record_routes = record_routes
        self._rings_for = stage.rings_for
        self._legs = stage.legs
        self._goes_on_after_silence = stage.after_silence
        self._further = further
        self.mark = loop_mark(request, exchange.services.config.record_route_key)
        self.has_failed = False
        self._watch = watch
        self._timer = timer
        self._deliveries: dict[Branch[NextHop], Delivery] = {}
        self._failures_before = 0  # those of earlier groups
        self._has_others = False  # several branches, or ways to one of them: silence of one may hold up another
        self._is_from_gateway: bool | None = None
        self._is_watched = False
        exchange.forwarding = self

    @property
    def call_watch(self) -> Watch | None:
        """Whoever watches it."""
        return self._watch

    def begin(self) -> None:
        """Send the request to its first targets."""
        self._do(self.context.begin(self.services.now(), self._rings_for))
        if self.context.is_invite:
            self.watch()

    def cancel(self, reason: str = "") -> None:
        """The caller gave up. reason: the value of his CANCEL's Reason header (RFC 3326)."""
        self._do(self.context.cancel(self.services.now(), reason))

    # What a Delivery tells.

    def report(self, branch: Branch[NextHop], response: Response, flow: Flow) -> None:
        """A response to a branch, for the context to judge; it came in answer to what was sent on `flow`.

        What only trusted elements may say, or know, is taken off it, in place.
        """
        if branch.target.changes_from and response.status_code > 100:
            response = response.copy()  # no PlainResponse, whose bytes would go on
            as_the_sender_wrote(response, self.exchange.request)
        if response.status_code > 100 and not isinstance(response, PlainResponse):  # a 100 goes no further
            if not branch.target.is_gateway and gateway_at(self.services, flow) is None:
                identity.from_untrusted(response)
            if self._is_from_gateway is None:
                self._is_from_gateway = gateway_at(self.services, self.exchange.flow) is not None
            if not self._is_from_gateway:
                identity.towards_untrusted(response)
        was = branch.state
        wins_late = was is BranchState.ENDED and 200 <= response.status_code < 300 and not self.context.answered
        actions = self.context.response(branch, response, self.services.now())
        leg = branch.target.leg
        if leg is not None and 100 < response.status_code < 200 and was is not BranchState.ENDED:
            leg.provisional(response)
        if wins_late and branch.target.attempt is not None and self._watch is not None:
            (leg or self._watch).tries(branch.target)  # the next one was being tried already
        if branch.state is BranchState.ENDED and (wins_late or was is not BranchState.ENDED):
            if branch.is_over_limit and response.status_code == 487:
                self._ended(branch, 408, None, actions)  # cancelled because its time was over
            else:
                self._ended(branch, response.status_code, response, actions)
        self._do(actions)

    def give_up_on(self, branch: Branch[NextHop], status_code: int) -> None:
        """A branch will not answer any more: 408 for silence, 503 for a transport that failed, 487 for a CANCEL."""
        was = branch.state
        actions = self.context.failed(branch, status_code, self.services.now())
        if was is not BranchState.ENDED:
            self._ended(branch, status_code, None, actions)
        self._do(actions)

    def _ended(
        self, branch: Branch[NextHop], status_code: int, response: Response | None, actions: Iterable[Action[NextHop]]
    ) -> None:
        """Tell those who keep a record of this target. actions: what follows from its end."""
        hop, delivery = branch.target, self._deliveries.get(branch)
        if hop.attempt is not None and self._watch is not None:
            seconds = self.services.now() - delivery.sent_at if delivery is not None else 0.0
            reason = "no answer" if response is None else response.reason
            (hop.leg or self._watch).tried(hop, status_code, reason, seconds)
        if hop.leg is None:
            return
        if response is not None and 200 <= status_code < 300:
            hop.leg.success(response)
        elif not self._is_tried(hop.leg, actions):
            hop.leg.failure(status_code, response)

    def _is_tried(self, leg: Leg, actions: Iterable[Action[NextHop]] = ()) -> bool:
        """Whether one of a forwarded call's targets may still answer. actions: what is about to be done."""
        begun = [action.branch for action in actions if isinstance(action, Start)]
        left = () if self.context.answered else self.context.groups
        return any(branch.target.leg is leg for branch in (*self._pending(), *begun)) or any(
            hop.leg is leg for group in left for hop in group
        )

    def _end_legs(self) -> None:
        """No further target is tried: forwarded calls whose turn never came have come to nothing."""
        for leg in self._legs:
            if not self._is_tried(leg):
                leg.failure(480, None)

    def watch(self) -> None:
        """Something has to be done at a certain time, perhaps sooner than was said before."""
        self._is_watched = True
        self.services.deadlines.watch(self)

    def let_go(self, branch: Branch[NextHop]) -> None:
        """Nothing more can come from a branch, nor be sent to it. With the last one all is done."""
        self._deliveries.pop(branch, None)
        if not self._deliveries and self.context.answered:
            self.exchange.forwarding = None

    # What Deadlines asks.

    def deadline(self) -> float | None:
        """See Deadlines."""
        ends = [self.context.deadline(), *(delivery.deadline() for delivery in self._deliveries.values())]
        if self.may_be_held_up():
            ends += [self._silence_ends(), *(due for due, _ in self._silent_ways())]
        return min((end for end in ends if end is not None), default=None)

    def handle_deadline(self, now: float) -> None:
        """See Deadlines."""
        pending = self._pending()
        actions = self.context.handle_deadline(now)
        for branch in pending:
            if branch.state is BranchState.ENDED:
                self._ended(branch, 408, None, actions)
        self._do(actions)
        for delivery in list(self._deliveries.values()):
            delivery.handle_deadline(now)
        if not self.may_be_held_up():
            return
        for due, branch in self._silent_ways():
            if due <= now:
                self._deliveries[branch].note_silence()
                self.give_up_on(branch, 408)
        silence_ends = self._silence_ends()
        if silence_ends is not None and silence_ends <= now:
            for branch in self._pending():
                self._deliveries[branch].note_silence()
                self.give_up_on(branch, 408)

    def give_up(self) -> None:
        """The edge stops: the caller gets a 503, so that it can go elsewhere, and the phones stop ringing."""
        if self.context.is_invite:
            self._do(self.context.give_up(self.services.now()))

    def broke(self) -> None:
        """Our own code failed, and the sender was told so: what rings stops, and nothing of it stays open."""
        self.has_failed = True
        if self._watch is not None:
            self._watch.failure(500, None)
        for branch in self._pending():
            if branch.target.leg is not None:
                branch.target.leg.failure(500, None)
        self.give_up()

    def _do(self, actions: Sequence[Action[NextHop]]) -> None:
        starts = [action for action in actions if isinstance(action, Start)]
        if starts:
            self._start(starts)
        for action in actions:
            if isinstance(action, Forward):
                self._upstream(action)
            elif isinstance(action, Cancel):
                self._deliveries[action.branch].cancel(action.reason)
            elif isinstance(action, Silence):
                self._say_nothing()
            elif isinstance(action, Exhausted):
                self._end_legs()
                start(self._go_on(action), self.exchange.broke)
                return
        if self.context.answered:
            self._end_legs()
            if self._is_watched and self.deadline() is None:
                self.services.deadlines.forget(self)
        elif self.may_be_held_up():
            for branch in self._pending():
                if branch.cancel_wanted and branch.state is BranchState.CALLING:
                    self.give_up_on(branch, 487)
            if self._silence_ends() is not None or self._silent_ways():
                self.watch()

    def _start(self, starts: Sequence[Start[NextHop]]) -> None:
        branches = [action.branch for action in starts]
        if not any(action.is_other_way for action in starts):
            self._failures_before = len(self.context.finals)
        for branch in branches:
            self._deliveries[branch] = Delivery(self, branch)
        self._has_others = len(self._deliveries) > 1 or bool(branches[0].target.others)
        for branch in branches:
            if branch.target.attempt is not None and self._watch is not None:
                (branch.target.leg or self._watch).tries(branch.target)
            self._deliveries[branch].begin()
        if self._is_watched:
            self.watch()  # the new ones may have less time

    async def _go_on(self, exhausted: Exhausted) -> None:
        """Try what follows, or tell the caller that nothing does. While nobody can be asked, nothing does."""
        try:
            stage = await self._further(exhausted) if self._further is not None else None
        except StoreUnavailable:
            stage = None
        if stage is None:
            self._do(self.context.conclude())
            return
        self.context.may_go_on = stage.may_go_on
        self._legs = stage.legs
        self._goes_on_after_silence = stage.after_silence
        self._do(self.context.go_on(stage.groups, self.services.now(), stage.rings_for))
        if not self.context.answered:
            self.watch()

    def may_be_held_up(self) -> bool:
        """Whether a branch's silence can matter to anything but itself: most calls have one branch, and no."""
        context = self.context
        has_others = self._has_others or self._goes_on_after_silence or bool(context.groups)
        return context.is_invite and (has_others or context.cancelled)

    def _pending(self) -> list[Branch[NextHop]]:
        return [branch for branch in self._deliveries if branch.state is not BranchState.ENDED]

    def _silent_ways(self) -> list[tuple[float, Branch[NextHop]]]:
        """Silent branches whose phone can be reached by another way, and when the patience with each is over."""
        if self.context.answered or self.context.cancelled:
            return []
        silent = [one for one in self._pending() if one.target.others and one.state is BranchState.CALLING]
        ends = [(self._deliveries[branch].silent_until, branch) for branch in silent]
        return [(end, branch) for end, branch in ends if end is not None]

    def _silence_ends(self) -> float | None:
        """When the patience with silent branches is over that everything else waits for; None: nothing does."""
        context = self.context
        has_alternative = self._goes_on_after_silence or context.groups or len(context.finals) > self._failures_before
        if not has_alternative or context.answered:
            return None
        pending = self._pending()
        if any(branch.state is not BranchState.CALLING for branch in pending):
            return None
        ends = [self._deliveries[branch].silent_until for branch in pending]
        return max((end for end in ends if end is not None), default=None)

    def _say_nothing(self) -> None:
        self.exchange.drop()
        if self._watch is not None:
            self._watch.failure(408, None)

    def _upstream(self, action: Forward) -> None:
        response, status_code = action.response, action.status_code
        self.has_failed = self.has_failed or status_code >= 300
        if response is None:
            self.exchange.reply(status_code)
        else:
            timer = self._timer if 200 <= status_code < 300 else None
            if isinstance(response, PlainResponse) and (timer is None or not timer.caller_supports):
                self.exchange.respond(response, response.onward)
            else:
                response = backward(response, self.exchange.request)
                if timer is not None:
                    session_timer.complete(response, timer)
                self.exchange.respond(response)
        if self._watch is None:
            return
        if status_code < 200 and response is not None:
            self._watch.provisional(response)
        elif status_code < 300 and response is not None:
            self._watch.success(response)
        else:
            self._watch.failure(status_code, response)
