"""How wide a request may fork: Max-Breadth (RFC 5393 §5).

Max-Forwards bounds how deep a request goes, Max-Breadth how many copies of it are under way at once: a request
brings its breadth, the branches that run in parallel share it, and branches that come later have all of it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from sipedge.sip.message import HeaderError, Request

DEFAULT_BREADTH: Final = 60  # §5.3.3; a larger one is taken for this one

T = TypeVar("T")


def breadth_of(request: Request) -> int:
    """The breadth that a request brings, 0 … 60. Raises HeaderError (400) for what is no number."""
    text = request.get("Max-Breadth")
    if text is None:
        return DEFAULT_BREADTH
    if not (text.isascii() and text.isdigit()):
        raise HeaderError("Malformed Max-Breadth")
    return min(int(text), DEFAULT_BREADTH) if len(text) < 4 else DEFAULT_BREADTH


def shares(breadth: int, branches: int) -> list[int]:
    """The breadth of each of `branches` (at least 1, at most `breadth`) that run in parallel."""
    each, left = divmod(breadth, branches)
    return [each + 1] * left + [each] * (branches - left)


def in_waves(groups: Sequence[Sequence[T]], breadth: int) -> list[Sequence[T]]:
    """The groups, cut so that none has more targets than `breadth` (at least 1) lets ring at once."""
    return [group[start : start + breadth] for group in groups for start in range(0, len(group), breadth)]
