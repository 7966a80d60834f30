"""The non-INVITE client transaction (RFC 3261 §17.1.2).

TRYING      timer E: request again (T1, doubling up to T2)    1xx -> PROCEEDING    200-699 -> COMPLETED
PROCEEDING  timer E: request again (every T2)                 1xx: up              200-699 -> COMPLETED
both        timer F, transport failure: tell the user -> TERMINATED
COMPLETED   further responses are absorbed                    timer K -> TERMINATED
"""

from __future__ import annotations

from typing import ClassVar

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response
from sipedge.transaction.effects import Effect, ResponseReceived, Send, TransactionFailed, TransactionTimeout
from sipedge.transaction.states import State, Transaction
from sipedge.transaction.timers import RunningTimer, Timer, TimerQueue


class NonInviteClientTransaction(Transaction):
    """One request that we sent, CANCEL included. request: as sent, with our Via on top."""

    __slots__ = ("_data", "_timer_e", "_timer_f", "request")
    is_client: ClassVar[bool] = True

    def __init__(self, key: str, request: Request, flow: Flow) -> None:
        super().__init__(key, flow, State.TRYING)
        self.request = request
        self._data = b""
        self._timer_e: RunningTimer | None = None
        self._timer_f: RunningTimer | None = None

    def begin(self, data: bytes, timers: TimerQueue, now: float) -> list[Effect]:
        """Send the request. data: the request, serialised."""
        if not self.flow.reliable:
            self._data = data
            self._timer_e = timers.start(Timer.E, self, timers.values.t1, now)
        self._timer_f = timers.start(Timer.F, self, timers.values.patience, now)
        return [Send(data, self.flow)]

    def receive(self, response: Response, timers: TimerQueue, now: float) -> list[Effect]:
        """A response that matches."""
        if not self._is_open:
            return []
        if response.status_code < 200:
            self.state = State.PROCEEDING
        else:
            self._stop_timers()
            self.state = State.COMPLETED
            timers.linger(self, timers.values.timer_k(self.flow.reliable), now)
        return [ResponseReceived(self, response)]

    def expire(self, running: RunningTimer, timers: TimerQueue, now: float) -> list[Effect]:
        """Timer E or F has fired; no final response has come, for it cancels both."""
        if running.timer is Timer.F:
            self.end()
            return [TransactionTimeout(self)]
        t2 = timers.values.t2
        duration = min(2 * running.duration, t2) if self.state is State.TRYING else t2
        self._timer_e = timers.start(Timer.E, self, duration, now)
        return [Send(self._data, self.flow)]

    def fail(self, why: str) -> list[Effect]:
        """The transport could not deliver (§17.1.4)."""
        if not self._is_open:
            return []
        self.end()
        return [TransactionFailed(self, why)]

    def end(self) -> None:
        """Become TERMINATED, whatever the state."""
        self._stop_timers()
        self.state = State.TERMINATED

    @property
    def _is_open(self) -> bool:
        return self.state is State.TRYING or self.state is State.PROCEEDING

    def _stop_timers(self) -> None:
        self._data = b""
        if self._timer_e is not None:
            self._timer_e.cancel()
        if self._timer_f is not None:
            self._timer_f.cancel()
        self._timer_e = self._timer_f = None
