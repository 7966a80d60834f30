"""Calls that stand: what the edge remembers of an answered call until its BYE, so that every record comes to its end.

A record ends by a BYE. Three things would leave it open, or end it too soon:

- The caller vanished while the callee answered: no ACK ever comes. RFC 3261 §13.3.1.4 lets the callee give up after
  64*T1; if its BYE is lost too, we end the record then.
- Both sides vanished: a session timer (RFC 4028) says when that is certain. §8.3 lets a proxy forget such a session,
  and we end its record; no BYE is sent, that is the endpoints' right alone.
- Two phones of a fork answered at once. The caller hangs up on one of them: its BYE is not the call's.

A call without a session timer is forgotten a minute after its ACK: no other answer of its fork can come any more. Its
BYE needs no memory (handlers/in_dialog.py). What an edge knew here is gone when it restarts; a sweeper ends what then
never gets its BYE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from sipedge.handlers.deadlines import Deadlines
from sipedge.proxy.record_route import tag_mark

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

ACK_PATIENCE: Final = 40.0  # seconds: 64*T1, and some for the BYE that follows
FORK_PATIENCE: Final = 64.0  # 2*64*T1: until then another phone's 2xx, and the BYE to it, may come
SESSION_GRACE: Final = 32.0  # past the end of a session, for the BYE that its endpoints owe each other
MAX_CALLS: Final = 200_000  # some 400 bytes each; further ones are not watched
RECOVERY_ON_TIMER_EXPIRY: Final = 102  # Q.850


class StandingCall:
    """One answered call. callee: a mark of the tag of the phone that answered first, None where that is not known."""

    __slots__ = ("_at", "_calls", "acknowledged", "callee", "expires_at", "is_over", "key")

    def __init__(
        self, calls: StandingCalls, key: UUID, callee: bytes | None, expires_at: float | None, at: float
    ) -> None:
        self._calls = calls
        self.key = key
        self.callee = callee
        self.expires_at = expires_at
        self.acknowledged = False
        self.is_over = False
        self._at = at

    def deadline(self) -> float | None:
        """See Deadlines."""
        if self.is_over:
            return None
        if not self.acknowledged:
            return self._at + ACK_PATIENCE
        return self._at + FORK_PATIENCE if self.expires_at is None else self.expires_at + SESSION_GRACE

    def handle_deadline(self, now: float) -> None:  # noqa: ARG002  the protocol's argument
        """See Deadlines."""
        self._calls.over(self)

    def give_up(self) -> None:
        """See Deadlines: a call that stands goes on without us."""


class StandingCalls:
    """All answered calls of this edge that something is still to be known of."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._calls: dict[UUID, StandingCall] = {}
        self._deadlines = Deadlines()

    def __len__(self) -> int:
        return len(self._calls)

    def answered(self, key: UUID, callee_tag: str | None, interval: int | None) -> None:
        """A 2xx went to the caller; it may come again, from the same phone or another. interval: of the session."""
        if key not in self._calls:
            self._add(key, tag_mark(callee_tag), interval)

    def acknowledged(self, key: UUID, callee_tag: str | None) -> None:
        """An ACK passed."""
        call = self._calls.get(key)
        if call is not None and not call.acknowledged and call.callee == tag_mark(callee_tag):
            call.acknowledged = True
            self._deadlines.watch(call)

    def forget(self, key: UUID) -> None:
        """The call has ended otherwise."""
        call = self._calls.get(key)
        if call is not None:
            self._forget(call)

    def refreshed(self, key: UUID, interval: int | None, dialog: str = "") -> None:
        """A re-INVITE or UPDATE succeeded: the session lasts from now; interval None: without end (RFC 4028 §8.2).

        dialog: what it changed in the record's. That is written each time: phones refresh every 15 minutes, and a row
        that says less would have the sweep (calls/tasks.py) end a call that stands.
        """
        services = self._services
        expires_at = None if interval is None else services.clock.look() + interval
        services.store.calls.refresh(key, expires_at, dialog)
        call = self._calls.get(key)
        if call is not None:
            call.expires_at = None if interval is None else self._services.now() + interval
            self._deadlines.watch(call)
        elif interval is not None:
            self._add(key, None, interval, acknowledged=True)

    def hung_up(self, key: UUID, callee_tag: str | None) -> bool:
        """A BYE passed. Whether it ends the call: not where it is for another phone than the one that answered."""
        call = self._calls.get(key)
        if call is None:
            return True
        if call.callee is not None and call.callee != tag_mark(callee_tag):
            return False
        self._forget(call)
        return True

    def over(self, call: StandingCall) -> None:
        """A call's time has come."""
        self._forget(call)
        if call.acknowledged and call.expires_at is None:
            return
        services = self._services
        why = "Session expired" if call.acknowledged else "No ACK"
        ended_at = services.clock.of_call(call.key)
        services.store.calls.end(call.key, ended_at, "edge", reason=why, cause=RECOVERY_ON_TIMER_EXPIRY)
        services.telemetry.call_lost(call.key, why)

    def handle(self, now: float) -> None:
        """End and forget what is due."""
        self._deadlines.handle(now)

    def _add(self, key: UUID, callee: bytes | None, interval: int | None, *, acknowledged: bool = False) -> None:
        if len(self._calls) >= MAX_CALLS:
            return
        now = self._services.now()
        call = StandingCall(self, key, callee, None if interval is None else now + interval, now)
        call.acknowledged = acknowledged
        self._calls[key] = call
        self._deadlines.watch(call)

    def _forget(self, call: StandingCall) -> None:
        call.is_over = True
        self._calls.pop(call.key, None)
        self._deadlines.forget(call)
