"""One branch's copy on its way to its target: destinations tried in turn (RFC 3263 §4.3), by TCP where it is large.

A target's URI may lead to several destinations. Each try is a client transaction of its own with a branch parameter
of its own. The next destination is tried when the transport could not deliver, when a 503 came, and when nothing at
all came for PATIENCE: RFC 3263 would wait for Timer B, 32 s, and no caller does. None is tried any more once a
provisional response other than 100 has come: then the request is being worked on there, and the caller has heard so.

A try that was given up for its silence may still be heard of: what rings there late is cancelled at once, and a 2xx
goes upstream as any 2xx does (§16.7 step 5), or is ended by us where the caller was told of a failure meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sipedge.handlers.admission import admits
from sipedge.handlers.destinations import is_forbidden
from sipedge.handlers.hops import NextHop
from sipedge.handlers.late import end_late_call
from sipedge.handlers.size import tcp_instead
from sipedge.proxy.forward import Hop, forward
from sipedge.proxy.locate import literal_flow
from sipedge.proxy.loop import marked_branch
from sipedge.proxy.response_context import CANCEL_PATIENCE, Branch, BranchState
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_cancel, serialise
from sipedge.sip.uri import Uri
from sipedge.store.waiting import start
from sipedge.transaction.states import State
from sipedge.transport.resolver import Unresolvable
from sipedge.trunks.account import CHALLENGES

if TYPE_CHECKING:
    from sipedge.handlers.forwarding import Forwarding

PATIENCE: Final = 4.0  # seconds without any response until the next destination of an INVITE: it was sent four times
SHORT_PATIENCE: Final = 1.0  # the same where the peer was silent before, within peers.DOWN_SECONDS
NON_INVITE_PATIENCE: Final = 8.0  # no 100 says that it has come (RFC 4320), and a second copy does harm

_SILENT = (State.CALLING, State.TRYING)


class Delivery:
    """One branch, from its target to its end.

    transaction: the client transaction of the present try, None before the first and where none could be made.
    sent_at: when its request was sent first, or has to be located since (seconds, monotonic).
    """

    __slots__ = (
        "_answered",
        "_ended_late",
        "_fallback",
        "_older",
        "_ways",
        "branch",
        "forwarding",
        "sent_at",
        "transaction",
    )

    def __init__(self, forwarding: Forwarding, branch: Branch[NextHop]) -> None:
        self.forwarding = forwarding
        self.branch = branch
        self.transaction: Any = None
        self.sent_at = forwarding.services.now()
        self._ways: list[Flow] = []  # destinations that are left
        self._older: list[tuple[Any, float]] = []  # given up: the transaction, and when its CANCEL was sent (0: not)
        self._fallback: Flow | None = None  # next in `_ways` after a try by TCP that was made for the request's size
        self._answered = 0  # challenges of the gateway that were answered
        self._ended_late: tuple[str | None, ...] = ()  # To tags of dialogs that we have ended

    def ended(self) -> None:
        """One of its transactions is no more. With the last one of a branch that has ended its work is done."""
        known = [self.transaction, *(transaction for transaction, _ in self._older)]
        is_over = all(one is None or one.state is State.TERMINATED for one in known)
        if is_over and self.branch.state is BranchState.ENDED:
            self.forwarding.let_go(self.branch)

    def begin(self) -> None:
        """Send the request, at once where the destination is known, else when it has been located."""
        hop = self.branch.target
        if hop.flow is not None:
            self._send(hop.flow)
            return
        if hop.attempt is not None and not admits(self.forwarding.services, hop.attempt):
            self.forwarding.give_up_on(self.branch, 503)
            return
        uri = hop.way(self.forwarding.context.request)
        flow = literal_flow(uri)
        if flow is not None and self.forwarding.services.listeners.reach(flow):
            self._ways = self._allowed((flow,))
            self._next(403)
        else:
            start(self._locate(uri), self._broke)

    # What the engine tells: the transaction's `user` is (this delivery, the transaction).

    def response(self, transaction: Any, response: Response) -> None:
        """A response came on one of the tries."""
        forwarding, status_code = self.forwarding, response.status_code
        forwarding.services.peers.up(transaction.flow)
        if self._fallback is not None and transaction is self.transaction:
            self._ways.remove(self._fallback)  # it takes TCP
            self._fallback = None
        if status_code < 200:
            self._provisional(transaction, response)
        elif status_code < 300:
            self._success(transaction, response)
        elif transaction is not self.transaction:
            self._forget(transaction)
        elif status_code == 503 and self._ways and not self.branch.cancel_wanted:
            forwarding.services.peers.down(transaction.flow)
            self._next(503)
        elif status_code not in CHALLENGES or not self._is_challenged(response, transaction.flow):
            forwarding.report(self.branch, response, transaction.flow)

    def failed(self, transaction: Any, status_code: int) -> None:
        """A try timed out (408), or its transport failed (503)."""
        if transaction is not self.transaction:
            self._forget(transaction)
            return
        self._note_failure(transaction.flow)
        self._next(status_code)

    def broke(self, error: Exception) -> None:
        """Our own code failed on what came: the request that it was about breaks, and nothing else."""
        self.forwarding.exchange.broke(error)

    # What forwarding asks.

    def cancel(self, reason: str) -> None:
        """The present try rings: send its CANCEL, with this Reason (RFC 3326) where there is one."""
        self._send_cancel(self.transaction, reason)

    @property
    def silent_until(self) -> float | None:
        """When a try that nothing was heard of has used up the patience that others wait for; None: it was heard of."""
        transaction = self.transaction
        if transaction is not None and transaction.state not in _SILENT:
            return None
        if not self.forwarding.context.is_invite:
            return self.sent_at + NON_INVITE_PATIENCE
        was_silent = transaction is not None and self.forwarding.services.peers.is_down(transaction.flow)
        return self.sent_at + (SHORT_PATIENCE if was_silent else PATIENCE)

    def deadline(self) -> float | None:
        """When `handle_deadline` has something to do; None: never, as it stands."""
        if not self._older and not self._ways:
            return None
        dues = [cancelled_at + CANCEL_PATIENCE for _, cancelled_at in self._older if cancelled_at]
        if self._ways and self.branch.state is not BranchState.ENDED and self.silent_until is not None:
            dues.append(self.silent_until)
        return min(dues, default=None)

    def handle_deadline(self, now: float) -> None:
        """Try the next destination, and forget the calls that ignored their CANCEL: nothing else leads out of them."""
        services = self.forwarding.services
        for transaction, cancelled_at in list(self._older):
            if cancelled_at and cancelled_at + CANCEL_PATIENCE <= now:
                self._forget(transaction)
                services.perform(services.layer.abandon(transaction))
        if self.branch.state is BranchState.ENDED:
            if self.transaction is not None and self.transaction.state is State.PROCEEDING:
                services.perform(services.layer.abandon(self.transaction))
        elif self._ways and self.silent_until is not None and self.silent_until <= now:
            self._note_failure(self.transaction.flow)
            self._older.append((self.transaction, 0.0))
            self._next(408)

    async def _locate(self, uri: Uri) -> None:
        services = self.forwarding.services
        try:
            flows = await services.resolver.locate(uri)
        except Unresolvable:
            flows = ()
            services.telemetry.unlocated(uri.host)
        if self.branch.state is BranchState.ENDED:
            return  # the caller gave up, or waited long enough
        self._ways = self._allowed(services.peers.in_order(flows))
        self._next(403 if flows else 503)

    def _allowed(self, flows: Sequence[Flow]) -> list[Flow]:
        services, is_gateway = self.forwarding.services, self.branch.target.is_gateway
        return [flow for flow in flows if not is_forbidden(services, flow, is_gateway=is_gateway)]

    def _broke(self, error: Exception) -> None:
        """Our own code failed on this branch: the others go on."""
        self.forwarding.services.telemetry.exception("branch", error, self.forwarding.context.request)
        self.forwarding.give_up_on(self.branch, 500)

    def note_silence(self) -> None:
        """The branch is given up for its silence: its destination is not the first choice for a while."""
        if self.transaction is not None:
            self._note_failure(self.transaction.flow)

    def _note_failure(self, flow: Flow) -> None:
        services, target = self.forwarding.services, self.branch.target
        if self._fallback is not None:
            services.peers.tcp_refused(flow)
        elif target.flow is None:
            services.peers.down(flow)
        if target.gateway is not None and services.gateway_accounts.is_there(target.gateway, flow.host):
            services.gateway_health.suspect(target.gateway.id)

    def _next(self, status_code: int) -> None:
        """Try the next destination; with none left, the branch has failed with this status."""
        self.transaction = self._fallback = None
        if self.branch.state is BranchState.ENDED:
            return
        if self.branch.cancel_wanted:  # somebody else answered meanwhile, or the caller gave up
            self.forwarding.give_up_on(self.branch, 487)
        elif self._ways:
            self._send(self._ways.pop(0))
            if self._ways or self.forwarding.may_be_held_up():
                self.forwarding.watch()
        else:
            self.forwarding.give_up_on(self.branch, status_code)

    def _send(self, flow: Flow) -> None:
        services = self.forwarding.services
        branch = self._new_branch()
        request = self._copy(flow, branch)
        data = serialise(request)
        by_tcp = tcp_instead(services, flow, len(data)) if self.branch.target.flow is None else None
        if by_tcp is not None:
            self._fallback = flow
            self._ways.insert(0, flow)
            flow, request = by_tcp, self._copy(by_tcp, branch)
            data = serialise(request)
        self.sent_at = services.now()
        transaction, effects = services.layer.open_client(request, flow, self.sent_at, data, branch)
        transaction.user = (self, transaction)
        self.transaction = transaction
        services.perform(effects)

    def _is_challenged(self, response: Response, flow: Flow) -> bool:
        """Whether a 401 or 407 was for the edge, which has an account at the gateway: then it is answered, or the
        gateway has refused us, and the next one may do better; nobody upstream could answer it."""
        forwarding, branch = self.forwarding, self.branch
        gateway, accounts = branch.target.gateway, forwarding.services.gateway_accounts
        if gateway is None or not accounts.is_ours(gateway, flow):
            return False
        if branch.cancel_wanted or branch.cancel_sent:
            forwarding.give_up_on(branch, 487)
        elif accounts.answer(gateway, forwarding.context.request.method, response, self._answered):
            self._answered += 1
            forwarding.context.sent_again(branch)
            self._send(flow)
        else:
            forwarding.give_up_on(branch, 403)
        return True

    def _new_branch(self) -> str:
        forwarding = self.forwarding
        return marked_branch(forwarding.services.token(), forwarding.mark)

    def _copy(self, flow: Flow, branch: str) -> Request:
        forwarding, target = self.forwarding, self.branch.target
        record_routes = forwarding.record_routes(target, flow)
        sent_by = forwarding.services.listeners.of(flow).sent_by
        hop = Hop(str(target.uri), flow, sent_by, branch, record_routes, target.routes, self.branch.breadth)
        copy = forward(target.request or forwarding.context.request, hop)
        if target.gateway is not None:
            accounts = forwarding.services.gateway_accounts
            if copy.to_tag is None:  # inside of a dialog its sender says where it goes
                accounts.met(target.gateway, flow)
            if target.gateway.outbound is not None:
                accounts.sign(copy, target.gateway, flow)
        return copy

    def _provisional(self, transaction: Any, response: Response) -> None:
        if transaction is not self.transaction or self.branch.state is BranchState.ENDED:
            self._withdraw(transaction)
            return
        if response.status_code > 100:
            self._ways.clear()
        self.forwarding.report(self.branch, response, transaction.flow)

    def _success(self, transaction: Any, response: Response) -> None:
        forwarding = self.forwarding
        if forwarding.context.is_invite and forwarding.has_failed:
            tag = response.to_tag
            fixed, new = self.branch.target.flow is not None, tag not in self._ended_late
            gateway = self.branch.target.gateway
            end_late_call(forwarding.services, transaction, response, fixed=fixed, with_bye=new, gateway=gateway)
            self._ended_late += (tag,)
            return
        self._ways.clear()
        forwarding.report(self.branch, response, transaction.flow)
        present = self.transaction
        if present is not None and present is not transaction and present.state is State.PROCEEDING:
            self._withdraw(present)  # an earlier try has won

    def _withdraw(self, transaction: Any) -> None:
        """What was given up rings after all: cancel it, once."""
        known = dict(self._older)
        if not self.forwarding.context.is_invite or known.get(transaction):
            return
        self._forget(transaction)
        if transaction is self.transaction:
            self.transaction = None
        self._older.append((transaction, self.forwarding.services.now()))
        self._send_cancel(transaction, self.forwarding.context.cancel_reason)

    def _send_cancel(self, invite: Any, reason: str) -> None:
        services, cancel = self.forwarding.services, make_cancel(invite.request)
        if reason:
            cancel.append("Reason", reason)
        _, effects = services.layer.open_client(cancel, invite.flow, services.now())
        services.perform(effects)
        self.forwarding.watch()  # a cancelled branch has less time than one that rings

    def _forget(self, transaction: Any) -> None:
        self._older = [item for item in self._older if item[0] is not transaction]
