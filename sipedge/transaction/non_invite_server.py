"""The non-INVITE server transaction (RFC 3261 §17.2.2).

    TRYING      request again: absorbed                       1xx: sent -> PROCEEDING    200-699: sent -> COMPLETED
    PROCEEDING  request again: the last provisional again     1xx: sent                  200-699: sent -> COMPLETED
    COMPLETED   request again: the final response again       timer J -> TERMINATED

Every REGISTER makes one that stays for 32 s: once COMPLETED it keeps its key, its flow and the response's bytes,
and forgets request and user. A transport that fails is told to a user who may still be at work, and changes no
state (RFC 6026): the next retransmission of the request is answered all the same.
"""

from __future__ import annotations

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.transaction.effects import Effect, Send, TransactionFailed
from sipedge.transaction.states import State, Transaction
from sipedge.transaction.timers import RunningTimer, TimerQueue

_COMPLETED = State.COMPLETED  # looked up once: an Enum's members are slow to reach
_TERMINATED = State.TERMINATED
_TRYING = State.TRYING


class NonInviteServerTransaction(Transaction):
    """One request that we received. request: as received; None from the final response on, as is `user`."""

    __slots__ = ("_response", "request")

    def __init__(self, key: str, request: Request | None, flow: Flow) -> None:
        self.key = key  # what super().__init__ does, without the call: one is made for every REGISTER
        self.flow = flow
        self.state = _TRYING
        self.user = None
        self.deadline = 0.0
        self.request: Request | None = request
        self._response = b""

    def repeat(self) -> list[Effect]:
        """The request was retransmitted."""
        return [Send(self._response, self.flow)] if self._response else []

    def respond(self, status_code: int, data: bytes, timers: TimerQueue, now: float) -> list[Effect]:
        """Send a response of the user's. data: the response, serialised."""
        if self.state is _COMPLETED or self.state is _TERMINATED:
            return []
        if status_code < 200:
            self._response = data
            self.state = State.PROCEEDING
        else:
            self.complete(data, timers, now)
        return [Send(data, self.flow)]

    def complete(self, data: bytes, timers: TimerQueue, now: float) -> None:
        """Keep the final response; it is the caller's to send. Only before there is one."""
        self._response = data
        self.state = _COMPLETED
        self.request = self.user = None
        timers.linger(self, timers.values.timer_j(self.flow.reliable), now)

    def expire(self, running: RunningTimer, timers: TimerQueue, now: float) -> list[Effect]:  # noqa: ARG002
        """It has no timer that fires."""
        return []

    def fail(self, why: str) -> list[Effect]:
        """The connection is gone (§17.2.4). Asked only before the final response: then the transaction has ended."""
        return [TransactionFailed(self, why)]

    def end(self) -> None:
        """Become TERMINATED, whatever the state."""
        self.state = _TERMINATED
