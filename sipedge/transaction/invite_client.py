"""The INVITE client transaction (RFC 3261 §17.1.1 with the ACCEPTED state of RFC 6026 §7.2).

    CALLING     timer A: INVITE again        1xx -> PROCEEDING   2xx -> ACCEPTED   300-699: ACK -> COMPLETED
                timer B, transport failure: tell the user -> TERMINATED
    PROCEEDING  1xx: up                      2xx -> ACCEPTED     300-699: ACK -> COMPLETED
                the flow's own connection is gone: tell the user -> TERMINATED
    ACCEPTED    2xx: up, each of them        timer M -> TERMINATED
    COMPLETED   300-699: ACK again           timer D -> TERMINATED
                transport failure: tell the user -> TERMINATED

The ACK of a 2xx is not this machine's: it belongs to the dialog. There is no way out of PROCEEDING but a final
response; a user whose patience is over (Timer C, §9.1) says so by `abandon`.
"""

from __future__ import annotations

from typing import ClassVar

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_ack, serialise
from sipedge.transaction.effects import Effect, ResponseReceived, Send, TransactionFailed, TransactionTimeout
from sipedge.transaction.states import State, Transaction
from sipedge.transaction.timers import RunningTimer, Timer, TimerQueue


class InviteClientTransaction(Transaction):
    """One INVITE that we sent. request: as sent, with our Via on top."""

    __slots__ = ("_ack", "_data", "_timer_a", "_timer_b", "request")
    is_client: ClassVar[bool] = True

    def __init__(self, key: str, request: Request, flow: Flow) -> None:
        super().__init__(key, flow, State.CALLING)
        self.request = request
        self._data = b""
        self._ack = b""
        self._timer_a: RunningTimer | None = None
        self._timer_b: RunningTimer | None = None

    def begin(self, data: bytes, timers: TimerQueue, now: float) -> list[Effect]:
        """Send the request. data: the request, serialised."""
        values = timers.values
        if not self.flow.reliable:
            self._data = data
            self._timer_a = timers.start(Timer.A, self, values.t1, now)
        self._timer_b = timers.start(Timer.B, self, values.patience, now)
        return [Send(data, self.flow)]

    def receive(self, response: Response, timers: TimerQueue, now: float) -> list[Effect]:
        """A response that matches. Raises HeaderError when no ACK can be made for it."""
        status_code = response.status_code
        if self.state is State.CALLING or self.state is State.PROCEEDING:
            return self._answered(response, timers, now)
        if self.state is State.ACCEPTED and 200 <= status_code < 300:
            return [ResponseReceived(self, response)]
        if self.state is State.COMPLETED and status_code >= 300:
            return [Send(self._ack, self.flow)]
        return []

    def expire(self, running: RunningTimer, timers: TimerQueue, now: float) -> list[Effect]:
        """Timer A or B has fired; the state is CALLING, for both are cancelled when it is left."""
        if running.timer is Timer.B:
            self.end()
            return [TransactionTimeout(self)]
        self._timer_a = timers.start(Timer.A, self, 2 * running.duration, now)
        return [Send(self._data, self.flow)]

    def fail(self, why: str) -> list[Effect]:
        """The transport could not deliver (§17.1.4). Nothing of ours is on its way in PROCEEDING and ACCEPTED.

        But where the flow is one very connection (RFC 5626, WebSocket), what rang over it can answer no more.
        """
        is_over = self.state is State.ACCEPTED or self.state is State.TERMINATED
        if is_over or (self.state is State.PROCEEDING and not self.flow.connection):
            return []
        self.end()
        return [TransactionFailed(self, why)]

    def end(self) -> None:
        """Become TERMINATED, whatever the state."""
        self._stop_timers()
        self.state = State.TERMINATED

    def _answered(self, response: Response, timers: TimerQueue, now: float) -> list[Effect]:
        if response.status_code >= 300:
            self._ack = serialise(make_ack(self.request, response))  # raises before anything has changed
        self._stop_timers()
        if response.status_code < 200:
            self.state = State.PROCEEDING
            return [ResponseReceived(self, response)]
        if response.status_code < 300:
            self.state = State.ACCEPTED
            timers.linger(self, timers.values.patience, now)  # timer M
            return [ResponseReceived(self, response)]
        self.state = State.COMPLETED
        timers.linger(self, timers.values.timer_d(self.flow.reliable), now)
        return [Send(self._ack, self.flow), ResponseReceived(self, response)]

    def _stop_timers(self) -> None:
        self._data = b""
        if self._timer_a is not None:
            self._timer_a.cancel()
        if self._timer_b is not None:
            self._timer_b.cancel()
        self._timer_a = self._timer_b = None
