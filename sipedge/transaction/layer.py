"""The transaction layer (RFC 3261 §17): finds the transaction of each message and runs the four machines.

Pure: the caller carries out the effects that come back, in order, before it does anything else with the layer.
The user of a server transaction owes it a final response; the user of a client transaction may give it up by
`abandon`. A proxy that gets None from `match_response` drops the response (RFC 6026 §7.3).
"""

from __future__ import annotations

from typing import Final

from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request, Response, serialise
from sipedge.sip.plain_response import PlainResponse
from sipedge.sip.validate import validate_response
from sipedge.transaction.effects import Effect, Terminated, TransactionFailed
from sipedge.transaction.invite_client import InviteClientTransaction
from sipedge.transaction.invite_server import InviteServerTransaction
from sipedge.transaction.keys import client_key, invite_key, response_key, server_key
from sipedge.transaction.non_invite_client import NonInviteClientTransaction
from sipedge.transaction.non_invite_server import NonInviteServerTransaction
from sipedge.transaction.reply import reply_flow
from sipedge.transaction.states import State
from sipedge.transaction.timers import TimerQueue, TimerValues

ServerTransaction = InviteServerTransaction | NonInviteServerTransaction
ClientTransaction = InviteClientTransaction | NonInviteClientTransaction
AnyTransaction = ServerTransaction | ClientTransaction

MAX_TRANSACTIONS: Final = 400_000  # 32 s of 12,000 REGISTERs/s; some 1.3 kB each with its response
# 65,535 less the UDP and IPv6 headers, which IPv4 stays below: a larger request cannot leave by UDP, and its failure
# must not be taken for one of the flow, which other transactions share.
MAX_DATAGRAM: Final = 65_487

_TERMINATED = State.TERMINATED
_UNANSWERED = (State.TRYING, State.PROCEEDING)


class TransactionLayer:
    """All transactions of one edge. `now`: seconds of a monotonic clock."""

    def __init__(self, timers: TimerValues | None = None, max_transactions: int = MAX_TRANSACTIONS) -> None:
        self.max_transactions = max_transactions
        self._timers = TimerQueue(timers or TimerValues())
        self._servers: dict[str, ServerTransaction] = {}
        self._clients: dict[str, ClientTransaction] = {}
        self._by_flow: dict[Flow, dict[AnyTransaction, None]] = {}
        self._last_request: Request | None = None  # the one that `match_request` did not know, and its key
        self._last_key = ""
        self._unanswered = 0

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients)

    @property
    def is_full(self) -> bool:
        """Whether new requests should be refused without a transaction (503, stateless)."""
        return len(self._servers) + len(self._clients) >= self.max_transactions

    def unanswered(self) -> int:
        """How many server transactions still wait for their final response: what a shutdown waits for."""
        return self._unanswered

    def match_request(self, request: Request, flow: Flow, now: float) -> list[Effect] | None:
        """Absorb a retransmitted request, or the ACK of a non-2xx.

        None: a new request, or an ACK that belongs to a dialog. Raises HeaderError when the request lacks what it
        would be matched by (§17.2.3).
        """
        key = server_key(request, flow)
        transaction = self._servers.get(key)
        if transaction is None:
            self._last_request, self._last_key = request, key
            return None
        if request.method != "ACK":
            return transaction.repeat()
        if not isinstance(transaction, InviteServerTransaction):
            return None
        effects = transaction.acknowledge(self._timers, now)
        return None if effects is None else self._settle(transaction, effects)

    def find_invite(self, cancel_request: Request, flow: Flow) -> InviteServerTransaction | None:
        """The INVITE that a CANCEL is for (§9.2), in any state; it must have come from the same host.

        Raises HeaderError.
        """
        transaction = self._servers.get(invite_key(cancel_request, flow))
        return transaction if isinstance(transaction, InviteServerTransaction) else None

    def knows(self, key: str) -> bool:
        """Whether there is a server transaction of this key (see `keys.server_key`)."""
        return key in self._servers

    def open_datagram(self, key: str, flow: Flow) -> NonInviteServerTransaction:
        """A transaction for a request that came in a datagram and is no INVITE, which nobody keeps; `knows` said no."""
        transaction = NonInviteServerTransaction(key, None, flow)
        self._servers[key] = transaction
        self._unanswered += 1
        return transaction

    def complete(self, transaction: NonInviteServerTransaction, data: bytes, now: float) -> None:
        """Keep the one final response to such a request, for retransmissions; the caller sends it."""
        transaction.complete(data, self._timers, now)
        self._unanswered -= 1

    def open_server(self, request: Request, flow: Flow, now: float) -> ServerTransaction:  # noqa: ARG002
        """A transaction for a request that `match_request` did not know and that is no ACK.

        flow: where its responses go. Raises ValueError when there is one already, HeaderError.
        """
        key = self._last_key if self._last_request is request else server_key(request, flow)
        self._last_request = None
        if key in self._servers:
            raise ValueError(f"there is a transaction {key} already")
        transaction: ServerTransaction
        if request.method == "INVITE":
            transaction = InviteServerTransaction(key, request, flow)
            self._index(transaction)
        else:
            transaction = NonInviteServerTransaction(key, request, flow)
            if flow.reliable:  # a datagram that was not sent is repaired by the next retransmission
                self._index(transaction)
        self._servers[key] = transaction
        self._unanswered += 1
        return transaction

    def respond(
        self, transaction: ServerTransaction, response: Response, now: float, data: bytes | None = None
    ) -> list[Effect]:
        """Send a response. data: the response, serialised, where the caller has it already.

        A second final response is dropped, but for each 2xx to an INVITE within 64*T1 of the first (RFC 6026).
        """
        return self.respond_with(transaction, response.status_code, serialise(response) if data is None else data, now)

    def respond_with(self, transaction: ServerTransaction, status_code: int, data: bytes, now: float) -> list[Effect]:
        """The same with bytes alone."""
        state = transaction.state
        effects = transaction.respond(status_code, data, self._timers, now)
        if status_code >= 200 and transaction.state is not state:
            self._unanswered -= 1
        return self._settle(transaction, effects) if transaction.state is _TERMINATED else effects

    def open_client(
        self, request: Request, flow: Flow, now: float, data: bytes | None = None, branch: str | None = None
    ) -> tuple[ClientTransaction, list[Effect]]:
        """Send a request that is no ACK. Its top Via carries our branch, unique for all time (a CANCEL: its INVITE's).

        data: the request, serialised, and that branch, where the caller has them already. Raises ValueError when the
        branch is missing or in use.
        """
        branch = branch or request.top_via.branch
        key = client_key(branch or "", request.method)
        if not branch or key in self._clients:
            raise ValueError(f"no branch, or one that is in use: {key!r}")
        machine = InviteClientTransaction if request.method == "INVITE" else NonInviteClientTransaction
        transaction: ClientTransaction = machine(key, request, flow)
        if data is None:
            data = serialise(request)
        if len(data) > MAX_DATAGRAM and not flow.reliable:
            transaction.end()
            return transaction, [TransactionFailed(transaction, "larger than a datagram")]
        self._clients[key] = transaction
        self._index(transaction)
        return transaction, transaction.begin(data, self._timers, now)

    def match_response(self, response: Response, flow: Flow, now: float) -> list[Effect] | None:  # noqa: ARG002
        """Hand a response to its transaction. None: it is nobody's, or cannot be read; drop it."""
        try:
            if isinstance(response, PlainResponse):
                transaction = self._clients.get(client_key(response.branch, response.method))
            else:
                transaction = self._clients.get(response_key(response) or "")
                if transaction is not None and validate_response(response) is not None:
                    return None
            if transaction is None:
                return None
            effects = transaction.receive(response, self._timers, now)
        except HeaderError:
            return None
        return self._settle(transaction, effects)

    def abandon(self, transaction: AnyTransaction) -> list[Effect]:
        """Give a transaction up, whatever its state: an INVITE whose CANCEL was ignored (§9.1)."""
        if not transaction.is_client and transaction.state in _UNANSWERED:
            self._unanswered -= 1
        transaction.end()
        return self._settle(transaction, [])

    def redirect(self, transaction: ServerTransaction, flow: Flow) -> list[Effect]:
        """Send the last response, and those that follow, by another flow."""
        if transaction.state is _TERMINATED:
            return []
        self._move(transaction, flow)
        return transaction.repeat()

    def flow_failed(self, flow: Flow, why: str, now: float) -> list[Effect]:  # noqa: ARG002
        """The transport could not deliver to this flow, or its connection is gone (§17.1.4, §17.2.4).

        What is still to be answered to a connection that is gone goes by a new one (§18.2.2).
        """
        effects: list[Effect] = []
        for transaction in list(self._by_flow.get(flow, ())):
            other = None if isinstance(transaction, ClientTransaction) else _other_way(transaction)
            if other is None:
                effects += self._settle(transaction, transaction.fail(why))
            else:
                self._move(transaction, other)
        return effects

    def next_timer(self) -> float | None:
        """When `handle_timers` has to be called at the latest; None while nothing is waiting."""
        return self._timers.next_deadline()

    def handle_timers(self, now: float) -> list[Effect]:
        """Do what is due."""
        effects: list[Effect] = []
        for owner, running in self._timers.fired(now):
            transaction: AnyTransaction = owner  # type: ignore[assignment]  # only machines start timers
            effects += self._settle(transaction, transaction.expire(running, self._timers, now))
        for lingering in self._timers.lapsed(now):
            transaction = lingering  # type: ignore[assignment]
            if transaction.state is not _TERMINATED:
                transaction.state = _TERMINATED  # it has no timer that runs, and was answered
                self._settle(transaction, effects)
        return effects

    def _index(self, transaction: AnyTransaction) -> None:
        same_flow = self._by_flow.get(transaction.flow)
        if same_flow is None:
            same_flow = self._by_flow[transaction.flow] = {}
        same_flow[transaction] = None

    def _move(self, transaction: AnyTransaction, flow: Flow) -> None:
        """What is sent from now on takes another flow."""
        self._unindex(transaction)
        transaction.flow = flow
        self._index(transaction)

    def _settle(self, transaction: AnyTransaction, effects: list[Effect]) -> list[Effect]:
        """Forget a transaction that has ended."""
        if transaction.state is not _TERMINATED:
            return effects
        table: dict[str, ServerTransaction] | dict[str, ClientTransaction]
        table = self._clients if transaction.is_client else self._servers
        if table.get(transaction.key) is transaction:
            del table[transaction.key]
            self._unindex(transaction)
            if transaction.user is not None:
                effects.append(Terminated(transaction))
        return effects

    def _unindex(self, transaction: AnyTransaction) -> None:
        same_flow = self._by_flow.get(transaction.flow)
        if same_flow is not None:
            same_flow.pop(transaction, None)
            if not same_flow:
                del self._by_flow[transaction.flow]


def _other_way(transaction: ServerTransaction) -> Flow | None:
    return None if transaction.request is None else reply_flow(transaction.request, transaction.flow)
