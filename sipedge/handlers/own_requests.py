"""Requests that the edge sends for itself, as a user agent: OPTIONS and REGISTER to gateways.

Each is a client transaction with its retransmissions. Whoever asks waits for the one final answer, for as long as it
has patience, which may be less than Timer F's 32 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sipedge.handlers.deadlines import Deadlines
from sipedge.proxy.forward import MAGIC_COOKIE
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response
from sipedge.store.waiting import Waiting
from sipedge.transaction.states import State

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

TIMER_F: Final = 32.0  # seconds, 64*T1: a transaction's own patience


class Answer(NamedTuple):
    """What came of a request. response: None where nobody answered (status_code 408), or where it could not be sent
    (503). seconds: that it took."""

    status_code: int
    response: Response | None
    flow: Flow
    seconds: float


class OwnRequests:
    """All requests of our own that are still to be answered."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._deadlines = Deadlines()
        self._open = 0

    def __len__(self) -> int:
        """How many wait for their answer."""
        return self._open

    def ask(self, request: Request, flow: Flow, patience: float = TIMER_F) -> Waiting[Answer]:
        """Send a request, which has no Via yet, to one destination. The Waiting always ends with an Answer."""
        services = self._services
        branch, sent_by = MAGIC_COOKIE + services.token(), services.listeners.of(flow).sent_by
        request.prepend("Via", f"SIP/2.0/{flow.transport.upper()} {sent_by};branch={branch};rport")
        asked = _Asked(self, services.now(), patience)
        self._open += 1
        transaction, effects = services.layer.open_client(request, flow, asked.at)
        transaction.user = (asked, transaction)
        asked.transaction = transaction
        if patience < TIMER_F:
            self._deadlines.watch(asked)
        services.perform(effects)
        return asked.waiting

    def handle(self, now: float) -> None:
        """Give up what nobody has patience for any more."""
        self._deadlines.handle(now)

    def end(self, asked: _Asked, status_code: int, response: Response | None) -> None:
        """This is what came of it."""
        self._open -= 1
        self._deadlines.forget(asked)
        seconds = self._services.now() - asked.at
        asked.waiting.resolve(Answer(status_code, response, asked.transaction.flow, seconds))

    def give_up(self, asked: _Asked) -> None:
        """Nobody waits for its answer any more: 408."""
        transaction = asked.transaction
        self._services.perform(self._services.layer.abandon(transaction))
        self.end(asked, 408, None)

    def broke(self, asked: _Asked, error: Exception) -> None:
        """Our own code failed on its answer."""
        self._services.telemetry.exception("own request", error)
        if not asked.waiting.done:
            self.end(asked, 503, None)


class _Asked:
    """One request: what the engine tells its answers to (see Engine), and what Deadlines calls back."""

    __slots__ = ("_requests", "at", "patience", "transaction", "waiting")

    def __init__(self, requests: OwnRequests, at: float, patience: float) -> None:
        self._requests = requests
        self.at = at
        self.patience = patience
        self.transaction: Any = None
        self.waiting: Waiting[Answer] = Waiting()

    def response(self, _transaction: Any, response: Response) -> None:
        """A response came; the transaction lets one final one through."""
        if response.status_code >= 200 and not self.waiting.done:
            self._requests.end(self, response.status_code, response)

    def failed(self, _transaction: Any, status_code: int) -> None:
        """It timed out (408), or could not be sent (503)."""
        if not self.waiting.done:
            self._requests.end(self, status_code, None)

    def ended(self) -> None:
        """Its transaction is no more."""

    def broke(self, error: Exception) -> None:
        """Our own code failed on what came."""
        self._requests.broke(self, error)

    def deadline(self) -> float | None:
        """See Deadlines."""
        return None if self.waiting.done else self.at + self.patience

    def handle_deadline(self, now: float) -> None:  # noqa: ARG002  the protocol's argument
        """See Deadlines."""
        if self.transaction.state is not State.TERMINATED:
            self._requests.give_up(self)

    def give_up(self) -> None:
        """See Deadlines: an edge that stops waits for these itself."""
