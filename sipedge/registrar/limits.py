"""What a registrar grants at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FLOW_TIMER: Final = 120


@dataclass(frozen=True, slots=True)
class RegistrarLimits:
    """Bounds of what a REGISTER may ask for. Times in seconds."""

    min_expires: int = 60
    """Shorter ones get 423 (§10.3 step 7). At most 3600: nobody may be refused an hour."""
    max_expires: int = 7200
    """Longer ones are granted as this."""
    default_expires: int = 3600
    """For who names none (§10.2: one hour is suggested)."""
    max_bindings: int = 10
    """For one AoR."""
    max_contact_bytes: int = 1024
    max_call_id_bytes: int = 512
    max_path_bytes: int = 1024
    """All Path values of a request together."""
    flow_timer: int = FLOW_TIMER
    """Between two keep-alives on a registered flow: RFC 5626 §4.4.1's own for streams, which every NAT outlasts."""

    @classmethod
    def for_streams(cls, idle_timeout: float) -> RegistrarLimits:
        """The limits where a stream that is silent for `idle_timeout` is closed: keep-alives must come before."""
        return cls(flow_timer=min(FLOW_TIMER, int(0.8 * idle_timeout)))

    def __post_init__(self) -> None:
        if not 0 < self.min_expires <= 3600:
            raise ValueError("min_expires must be 1 to 3600: §10.3 forbids refusing an hour")
        if not self.min_expires <= self.default_expires <= self.max_expires:
            raise ValueError("min_expires ≤ default_expires ≤ max_expires must hold")
