"""What a registrar grants at most."""

from dataclasses import dataclass


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

    def __post_init__(self) -> None:
        if not 0 < self.min_expires <= 3600:
            raise ValueError("min_expires must be 1 to 3600: §10.3 forbids refusing an hour")
        if not self.min_expires <= self.default_expires <= self.max_expires:
            raise ValueError("min_expires ≤ default_expires ≤ max_expires must hold")
