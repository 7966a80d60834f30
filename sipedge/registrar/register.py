"""REGISTER decided: RFC 3261 §10.3, from step 6 on (who asks, and for which AoR, the handler has settled
before).
"""

from dataclasses import dataclass

from sipedge.registrar.binding import Binding


@dataclass(frozen=True, slots=True)
class RegisterDecision:
    """What a REGISTER comes to: what is to be written, all of it or nothing, and what then stands."""

    bindings: tuple[Binding, ...]
    """All bindings of the AoR afterwards; those that expired are not among them."""
    upserts: tuple[tuple[Binding | None, Binding], ...]
    """Bindings to write, each with the row it replaces (None: there was none)."""
    removals: tuple[Binding, ...]
    """Bindings to remove, as they were known."""
