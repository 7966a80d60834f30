"""What a scenario wants of a real phone, whoever made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.scenarios.sip_message import Account


@dataclass(frozen=True, slots=True)
class How:
    """How a phone is started.

    authority: the file of whose certificates it believes, for TLS. refresh_after: seconds after which it refreshes
    its registration, 0 as it does by itself. variables: what its program gets besides PATH. required: option tags that
    it requires in each call: 100rel, timer. scheme: of all its URIs, sips for secure alone. (Both: PJSIP alone.)
    """

    transport: str = "udp"
    authority: Path | None = None
    refresh_after: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    scheme: str = "sip"
    required: Sequence[str] = ()


class Phone(Protocol):
    """A phone that plays a tone to whom it talks with. What it waits for must come within seconds."""

    account: Account
    hertz: int

    def dial(self, uri: str) -> None:
        """Begins a call."""

    def rings(self) -> str:
        """Waits for a call; returns its Call-ID."""

    def hears_ringing(self) -> None:
        """Waits until the other side rings."""

    def accept(self) -> None:
        """Answers the call that rings."""

    def is_busy(self) -> None:
        """Refuses the call that rings with 486."""

    def talks(self) -> str:
        """Waits until a call stands; returns its Call-ID."""

    def hang_up(self) -> None:
        """Ends the newest call, or gives it up."""

    def ended(self) -> str:
        """Waits until a call has ended; returns why, as the phone knows it."""

    def hears(self, hertz: int) -> None:
        """Waits until it hears this tone, in a call that was never held."""

    def hears_again(self, hertz: int) -> None:
        """Waits until it hears this tone, in a call that was held once."""

    def hold(self) -> None:
        """Puts the call on hold, by a re-INVITE (a=sendonly)."""

    def resume(self) -> None:
        """Takes it back, by a re-INVITE."""

    def is_held(self) -> None:
        """Waits until the other side has put it on hold."""

    def is_taken_back(self) -> None:
        """Waits until the other side has taken it back."""

    def transfer(self, uri: str) -> None:
        """Asks the other side to call `uri` instead, by a REFER."""

    def settles(self) -> None:
        """Waits until it can take one more call and record it apart from the one that it has."""

    def is_rid_of_it(self) -> None:
        """Waits until the transfer went well, and leaves the call."""

    def clear(self) -> None:
        """Ends what calls it has, and forgets what happened: for the next test."""

    def registers(self) -> None:
        """Waits until the edge has taken a registration."""
