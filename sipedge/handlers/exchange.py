"""One request that somebody is owed an answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sipedge.sip.build import trying
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request, Response, make_response, serialise
from sipedge.store.interfaces import RowRefused, StoreUnavailable

if TYPE_CHECKING:
    from sipedge.handlers.forwarding import Forwarding
    from sipedge.handlers.services import Services

MOST_FOR_ONE = 2
"""How many bytes a datagram that may bear a false source is answered with for each of its own, at most. No phone writes
requests so short that it matters; who pays for a stranger's packets with his own gains nothing by our answers."""
RETRY_AFTER = 5  # seconds; how soon the edge expects PostgreSQL back


class Exchange:
    """A request, where it came from, and its server transaction, if it was given one.

    Challenges and refusals of strangers are sent statelessly (RFC 3261 §8.2.7); whoever proves who he is gets a
    transaction, which absorbs retransmissions while the answer is being worked out.
    """

    __slots__ = ("cancelled", "flow", "forwarding", "redirected", "request", "services", "transaction")

    def __init__(self, services: Services, request: Request, flow: Flow) -> None:
        self.services = services
        self.request = request
        self.flow = flow
        self.transaction: Any = None
        self.forwarding: Forwarding | None = None
        self.cancelled = False
        self.redirected = False  # its responses go where the sender's name leads (handlers/undelivered.py)

    def open(self) -> None:
        """Give the request a server transaction. Calling it again does nothing."""
        if self.transaction is None:
            services = self.services
            self.transaction = services.layer.open_server(self.request, self.flow, services.now())
            self.transaction.user = self

    def reply(
        self,
        status_code: int,
        reason: str | None = None,
        headers: list[tuple[str, str]] | tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Send a response of our own, with a To tag (but for 100)."""
        tag = None if status_code == 100 else self.services.token()
        self.respond(make_response(self.request, status_code, reason, to_tag=tag, headers=headers))

    def respond(self, response: Response, data: bytes | None = None) -> None:
        """Send a response that is complete. data: it, serialised, where the caller has it already."""
        services = self.services
        services.telemetry.responded(self.request.method, response.status_code)
        if self.transaction is None:
            data = data or serialise(response)
            if self.flow.reliable or not self.request.size or len(data) <= MOST_FOR_ONE * self.request.size:
                services.send(data, self.flow)
        else:
            services.perform(services.layer.respond(self.transaction, response, services.now(), data))

    def trying(self) -> None:
        """Send a 100. Only for a request that has a transaction."""
        services = self.services
        services.telemetry.responded(self.request.method, 100)
        services.perform(services.layer.respond_with(self.transaction, 100, trying(self.request), services.now()))

    def drop(self) -> None:
        """Never answer: nobody listens any more (RFC 4320 §4.2)."""
        if self.transaction is not None:
            self.services.perform(self.services.layer.abandon(self.transaction))

    def unavailable(self) -> None:
        """503: what has to be known or written cannot be, for the moment."""
        self.reply(503, None, (("Retry-After", str(RETRY_AFTER)),))

    def broke(self, error: Exception) -> None:
        """The handler ended with an exception: the sender gets what the error deserves, nothing else notices."""
        if isinstance(error, StoreUnavailable):
            self.unavailable()
        elif isinstance(error, HeaderError):
            self.reply(400, error.reason)
        else:
            if not isinstance(error, RowRefused):
                self.services.telemetry.exception("handler", error, self.request)
            self.reply(500)
        if self.forwarding is not None:
            self.forwarding.broke()
