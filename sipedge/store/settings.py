"""How much a store keeps, and how long it takes at most."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Times in seconds. A subscriber and a binding in memory take some 1.4 kB together."""

    pace: float = 0.007
    """Starts of commits lie at least so far apart: less than two looks of a busy socket (transport/udp.py), so that
    each look's changes are committed at once, while the process is awake anyway."""
    linger: float = 0.2
    """Calls are written so much later: most phones ring within that time, and that is one write less."""
    deadline: float = 2.0
    """For each answer of PostgreSQL, and for connecting."""
    max_subscribers: int = 200_000
    max_numbers: int = 200_000
    max_aors: int = 200_000
