"""User-Agents that are not served: patterns with `*` for anything, in any case, as administrators write them.

No regular expression: the pieces between the stars are looked for one after the other, each where it first stands, so
a pattern costs its length times the text's at most, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sipedge.guards.bounded import keep

MAX_PATTERN: Final = 100
MAX_TEXT: Final = 256
"""Characters of a User-Agent that are looked at; the rest is not needed to know a scanner."""
_REMEMBERED: Final = 4_096


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says. Without a star it must be the very text, but for case."""
    pieces = pattern.lower().split("*")
    rest = text.lower()
    if len(pieces) == 1:
        return rest == pieces[0]
    first, *middle, last = pieces
    if not rest.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        found = rest.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(rest) - len(last) >= at and rest.endswith(last)


class UserAgentBans:
    """The patterns in effect. Texts that were judged are remembered: a phone's costs one look-up."""

    def __init__(self) -> None:
        self._patterns: tuple[str, ...] = ()
        self._known: dict[str, str | None] = {}

    def load(self, patterns: Iterable[str]) -> None:
        """Know exactly these. One that fits everything is left out: it would shut everybody out."""
        self._patterns = tuple(sorted({one for one in patterns if one.strip("* ")}))
        self._known = {}

    def find(self, user_agent: str) -> str | None:
        """The pattern that bans this User-Agent, None when it may come in."""
        try:
            return self._known[user_agent]
        except KeyError:
            return self._judge(user_agent)

    def _judge(self, user_agent: str) -> str | None:
        text = user_agent[:MAX_TEXT]
        found = next((pattern for pattern in self._patterns if fits(pattern, text)), None)
        if len(user_agent) <= MAX_TEXT:
            keep(self._known, user_agent, found, _REMEMBERED)
        return found
