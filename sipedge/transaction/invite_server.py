"""The INVITE server transaction (RFC 3261 §17.2.1 with the ACCEPTED state of RFC 6026 §7.1).

    PROCEEDING  INVITE again: the last provisional again    1xx: sent    2xx: sent -> ACCEPTED
                300-699: sent -> COMPLETED
    ACCEPTED    INVITE again: absorbed      2xx: sent, each of them      ACK: the user's      timer L -> TERMINATED
    COMPLETED   INVITE again, timer G: the final response again          ACK -> CONFIRMED
                timer H: tell the user -> TERMINATED
    CONFIRMED   everything is absorbed      timer I -> TERMINATED

No 100 goes out by itself: the user answers at once, or asks for the 100. A transport that fails is told to the
user and changes no state (RFC 6026).
"""

from __future__ import annotations

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.transaction.effects import Effect, Send, TransactionFailed, TransactionTimeout
from sipedge.transaction.states import State, Transaction
from sipedge.transaction.timers import RunningTimer, Timer, TimerQueue


class InviteServerTransaction(Transaction):
    """One INVITE that we received. request: as received; kept until the transaction ends."""

    __slots__ = ("_response", "_timer_g", "_timer_h", "request")

    def __init__(self, key: str, request: Request, flow: Flow) -> None:
        super().__init__(key, flow, State.PROCEEDING)
        self.request = request
        self._response = b""
        self._timer_g: RunningTimer | None = None
        self._timer_h: RunningTimer | None = None

    def repeat(self) -> list[Effect]:
        """The INVITE was retransmitted."""
        if self._response and (self.state is State.PROCEEDING or self.state is State.COMPLETED):
            return [Send(self._response, self.flow)]
        return []

    def acknowledge(self, timers: TimerQueue, now: float) -> list[Effect] | None:
        """An ACK that matches. None: it is for a 2xx, and so the user's."""
        if self.state is State.ACCEPTED:
            return None
        if self.state is State.COMPLETED:
            self._stop_timers()
            self.state = State.CONFIRMED
            timers.linger(self, timers.values.timer_i(self.flow.reliable), now)
        return []

    def respond(self, status_code: int, data: bytes, timers: TimerQueue, now: float) -> list[Effect]:
        """Send a response of the user's. data: the response, serialised."""
        if self.state is State.PROCEEDING:
            return self._answer(status_code, data, timers, now)
        if self.state is State.ACCEPTED and 200 <= status_code < 300:
            return [Send(data, self.flow)]
        return []

    def expire(self, running: RunningTimer, timers: TimerQueue, now: float) -> list[Effect]:
        """Timer G or H has fired; the state is COMPLETED, for both are cancelled when it is left."""
        if running.timer is Timer.H:
            self.end()
            return [TransactionTimeout(self)]
        duration = min(2 * running.duration, timers.values.t2)
        self._timer_g = timers.start(Timer.G, self, duration, now)
        return [Send(self._response, self.flow)]

    def fail(self, why: str) -> list[Effect]:
        """The transport could not deliver (§17.2.4)."""
        return [TransactionFailed(self, why)]

    def end(self) -> None:
        """Become TERMINATED, whatever the state."""
        self._stop_timers()
        self.state = State.TERMINATED

    def _answer(self, status_code: int, data: bytes, timers: TimerQueue, now: float) -> list[Effect]:
        if status_code < 200:
            self._response = data
        elif status_code < 300:
            self._response = b""
            self.state = State.ACCEPTED
            timers.linger(self, timers.values.patience, now)  # timer L
        else:
            self._response = data
            self.state = State.COMPLETED
            if not self.flow.reliable:
                self._timer_g = timers.start(Timer.G, self, timers.values.t1, now)
            self._timer_h = timers.start(Timer.H, self, timers.values.patience, now)
        return [Send(data, self.flow)]

    def _stop_timers(self) -> None:
        self._response = b""
        if self._timer_g is not None:
            self._timer_g.cancel()
        if self._timer_h is not None:
            self._timer_h.cancel()
        self._timer_g = self._timer_h = None
