"""How many calls a second a gateway gets: a bucket for each, kept as the time at which it would be full (GCRA).

A bucket holds one second's worth. Edges do not ask each other for every call: each one gives an equal share of the
rate, so that all together never give more; where calls come to one edge alone, a gateway gets less than it could take.
"""

from __future__ import annotations

from typing import Final

_ROUNDING: Final = 1e-6  # seconds


class CallRates:
    """edges: how many share each rate now, this one included."""

    __slots__ = ("_full_at", "edges")

    def __init__(self) -> None:
        self._full_at: dict[int, float] = {}
        self.edges = 1

    def may_begin(self, gateway_id: int, per_second: float, now: float) -> bool:
        """Take one of the calls that this gateway may get now, if there is one left. now: monotonic seconds."""
        share = per_second / self.edges
        if share <= 0:
            return False
        per_call = 1 / share
        full_at = max(self._full_at.get(gateway_id, 0.0), now) + per_call
        if full_at - now > max(1.0, per_call) + _ROUNDING:
            return False
        self._full_at[gateway_id] = full_at
        return True
