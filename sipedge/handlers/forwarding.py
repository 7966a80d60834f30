"""Carrying out what a response context decides: branches become client transactions, answers go upstream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.hops import NextHop
from sipedge.proxy import identity
from sipedge.proxy.forward import MAGIC_COOKIE, Hop, backward, forward
from sipedge.proxy.nat import flow_to_address
from sipedge.proxy.response_context import Action, Branch, BranchState, Cancel, Forward, ResponseContext, Start
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_cancel
from sipedge.store.waiting import Waiting
from sipedge.transaction.states import State
from sipedge.transport.resolver import Unresolvable

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

RecordRoutes = Callable[[NextHop, Flow], Sequence[str]]


class Watch(Protocol):
    """Whoever wants to know how a forwarded request fares: the call's record."""

    def provisional(self, response: Response) -> None:
        """A provisional response went upstream."""
        ...

    def success(self, response: Response) -> None:
        """A 2xx went upstream; it may come again."""
        ...

    def failure(self, status_code: int, response: Response | None) -> None:
        """The final failure went upstream; response None where we made it."""
        ...


class Forwarding:
    """One request on its way to its targets."""

    def __init__(
        self,
        exchange: Exchange,
        request: Request,
        groups: list[Sequence[NextHop]],
        record_routes: RecordRoutes,
        *,
        goes_on_after: Callable[[int], bool],
        watch: Watch | None = None,
    ) -> None:
        self.exchange = exchange
        self.services: Services = exchange.services
        self.context: ResponseContext[NextHop] = ResponseContext(request, groups, goes_on_after)
        self._record_routes = record_routes
        self._watch = watch
        self._transactions: dict[Branch[NextHop], Any] = {}
        exchange.forwarding = self

    def begin(self) -> None:
        """Send the request to its first targets."""
        self._do(self.context.begin(self.services.now()))
        if self.context.is_invite:
            self.services.deadlines.watch(self)

    def response(self, branch: Branch[NextHop], response: Response) -> None:
        """A branch's transaction passed a response up. What only trusted elements may say, or know, is taken off it."""
        response = response.copy()
        if gateway_at(self.services, self._transactions[branch].flow) is None:
            identity.from_untrusted(response)
        if gateway_at(self.services, self.exchange.flow) is None:
            identity.towards_untrusted(response)
        self._do(self.context.response(branch, response, self.services.now()))

    def failed(self, branch: Branch[NextHop], status_code: int) -> None:
        """A branch's transaction timed out (408), or its transport failed (503)."""
        self._do(self.context.failed(branch, status_code, self.services.now()))

    def cancel(self) -> None:
        """The caller gave up."""
        self._do(self.context.cancel(self.services.now()))

    def deadline(self) -> float | None:
        """See Deadlines."""
        return self.context.deadline()

    def handle_deadline(self, now: float) -> None:
        """See Deadlines. Branches that have used up all patience end here: no other way leads out of PROCEEDING."""
        self._do(self.context.handle_deadline(now))
        for branch, transaction in self._transactions.items():
            if branch.state is BranchState.ENDED and transaction.state is State.PROCEEDING:
                self.services.perform(self.services.layer.abandon(transaction))

    def give_up(self) -> None:
        """The edge stops: the caller gets a 503, so that it can go elsewhere, and the phones stop ringing."""
        self._do(self.context.give_up(self.services.now()))

    def _do(self, actions: Sequence[Action[NextHop]]) -> None:
        for action in actions:
            if isinstance(action, Start):
                self._start(action.branch)
            elif isinstance(action, Cancel):
                self._cancel(action.branch)
            else:
                self._upstream(action)

    def _start(self, branch: Branch[NextHop]) -> None:
        flow = branch.target.flow
        if flow is not None:
            self._send(branch, flow)
            return
        found = self.services.resolver.lookup(branch.target.uri.host)
        found.add_wake_up(lambda: self._resolved(branch, found))

    def _resolved(self, branch: Branch[NextHop], found: Waiting[str]) -> None:
        try:
            address = found.result()
        except Unresolvable:
            self.failed(branch, 503)
            return
        if branch.cancel_wanted:  # somebody else answered meanwhile, or the caller gave up
            self.failed(branch, 487)
        else:
            self._send(branch, flow_to_address(branch.target.uri, address))

    def _send(self, branch: Branch[NextHop], flow: Flow) -> None:
        services = self.services
        hop = Hop(
            request_uri=str(branch.target.uri),
            flow=flow,
            sent_by=services.listeners.of(flow).sent_by,
            branch=MAGIC_COOKIE + services.token(),
            record_routes=self._record_routes(branch.target, flow),
        )
        request = forward(self.context.request, hop)
        transaction, effects = services.layer.open_client(request, flow, services.now())
        transaction.user = (self, branch)
        self._transactions[branch] = transaction
        services.perform(effects)

    def _cancel(self, branch: Branch[NextHop]) -> None:
        services = self.services
        invite = self._transactions[branch]
        cancel = make_cancel(invite.request)
        _, effects = services.layer.open_client(cancel, invite.flow, services.now())
        services.perform(effects)
        services.deadlines.watch(self)  # a cancelled branch has less time than one that rings

    def _upstream(self, action: Forward) -> None:
        response = action.response
        if response is None:
            self.exchange.reply(action.status_code)
        else:
            self.exchange.respond(backward(response))
        if self._watch is None:
            return
        if action.status_code < 200 and response is not None:
            self._watch.provisional(response)
        elif action.status_code < 300 and response is not None:
            self._watch.success(response)
        else:
            self._watch.failure(action.status_code, response)
