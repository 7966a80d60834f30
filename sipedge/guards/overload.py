"""More comes than can be done: what is done first, and what is dropped unread.

Of a registration the first request, the one without credentials, is the half that can be lost: its phone sends it
again. Were both halves dropped alike at three times what can be served, most work would be challenges whose answers
are lost. So once messages have waited for longer than a phone waits before it repeats itself, requests that begin
something without credentials are dropped until nothing waits. What belongs to calls and to phones that answered a
challenge goes on. Costs nothing before that.
"""

from __future__ import annotations

from typing import Final

_REGISTER: Final = b"REGISTER "
_EXPENDABLE: Final = (b"INVITE ", b"SUBSCRIBE ", b"MESSAGE ", b"PUBLISH ")
WARY_SECONDS: Final = 5.0


def is_expendable(data: bytes) -> bool:
    """Whether a datagram begins something and proves nothing: no credentials, no Route (requests of calls have one)."""
    if data.startswith(_REGISTER):  # looked at ten thousand times a second when it counts: its Route means nothing
        return b"uthorization" not in data
    return data.startswith(_EXPENDABLE) and b"uthorization" not in data and b"\nRoute" not in data


class Overload:
    """One socket's state. patience: seconds for which messages may wait without a pause; a quarter of it in the
    seconds after an overload, which is seldom over when nothing waits for a moment.
    """

    __slots__ = ("_patience", "_since", "_was_on", "is_on")

    def __init__(self, patience: float) -> None:
        self.is_on = False
        self._patience = patience
        self._since: float | None = None
        self._was_on = -WARY_SECONDS

    def more_waits(self, now: float) -> None:
        """All that is done in one go was done, and more waits."""
        if self._since is None:
            self._since = now
        patience = self._patience / 4 if now - self._was_on < WARY_SECONDS else self._patience
        if self.is_on or now - self._since >= patience:
            self.is_on = True
            self._was_on = now

    def nothing_waits(self) -> None:
        """It is over."""
        self.is_on = False
        self._since = None
