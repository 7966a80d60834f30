"""Short numbers: digits that are no E.164 number and are sent on as they are (emergency calls, 116 117, directories).

A pattern is digits; an x at its end stands for any one digit, a * at its end for any digits, or none: 133, 116xxx,
118*. Prepared once for a format and asked for every call. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

PATTERN: Final = r"[0-9]+x*\*?"
_PATTERN: Final = re.compile(PATTERN)
_ANY_LENGTH: Final = 1_000_000


def is_pattern(text: str) -> bool:
    """Tell whether `text` is a pattern as above."""
    return _PATTERN.fullmatch(text) is not None


class ShortNumbers:
    """emergency: what may be dialled, and the emergency number that it is; service: patterns."""

    __slots__ = ("_emergency", "_first", "_service", "_stems", "longest")

    def __init__(self, emergency: Mapping[str, str], service: Iterable[str]) -> None:
        self._emergency = dict(emergency)
        self._service: dict[str, list[tuple[int, int]]] = {}
        longest = max(map(len, emergency), default=0)
        for pattern in service:
            stem = pattern.rstrip("x*")
            shortest = len(pattern.rstrip("*"))
            most = _ANY_LENGTH if pattern.endswith("*") else shortest
            self._service.setdefault(stem, []).append((shortest, most))
            longest = max(longest, most)
        self._stems = sorted({len(stem) for stem in self._service})
        self._first = frozenset(stem[0] for stem in self._service)
        self.longest = longest
        """Characters of the longest one: what is longer need not be asked for."""

    def emergency(self, text: str) -> str | None:
        """The emergency number that `text` (digits, or a plus and digits) dials, None where it dials none."""
        return self._emergency.get(text)

    def is_service(self, digits: str) -> bool:
        """Tell whether these digits are a service number."""
        if digits[:1] not in self._first:
            return False
        length = len(digits)
        for stem in self._stems:
            for shortest, most in self._service.get(digits[:stem], ()):
                if shortest <= length <= most:
                    return True
        return False
