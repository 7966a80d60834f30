"""How many security events are told, so that a flood of packets is no flood of lines."""

from __future__ import annotations

from typing import Final

from sipedge.guards.bounded import keep
from sipedge.guards.events import Kind, SecurityEvent

ONCE_A_MINUTE: Final = frozenset({Kind.RATE_LIMITED, Kind.LOGIN_BLOCKED, Kind.USER_AGENT, Kind.BROKEN_MESSAGE})
"""Kinds of which a source makes one with every packet."""
TOLD_A_MINUTE: Final = 20
TOLD_IN_ALL_A_SECOND: Final = 100
_SOURCES: Final = 10_000


class Throttle:
    """For each source and kind one a minute (ONCE_A_MINUTE) or TOLD_A_MINUTE, and in all TOLD_IN_ALL_A_SECOND; the
    rest is counted, and said by the next one that is told.
    """

    def __init__(self) -> None:
        self._minutes: dict[tuple[Kind, str], tuple[float, int, int]] = {}
        self._second = 0.0
        self._told = 0

    def admit(self, event: SecurityEvent, now: float) -> int | None:
        """None: not told. Else how many like it were not told before it."""
        key = event.kind, event.source
        began, told, untold = self._minutes.get(key, (now, 0, 0))
        if now - began >= 60:
            began, told = now, 0
        most = 1 if event.kind in ONCE_A_MINUTE else TOLD_A_MINUTE
        is_told = told < most and self._may_tell(now)
        keep(self._minutes, key, (began, told + 1, 0) if is_told else (began, told, untold + 1), _SOURCES)
        return untold if is_told else None

    def _may_tell(self, now: float) -> bool:
        if now - self._second >= 1:
            self._second, self._told = now, 0
        self._told += 1
        return self._told <= TOLD_IN_ALL_A_SECOND
