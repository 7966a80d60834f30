"""Our own numbers in the store without PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from sipedge.facts import NumberFacts
from sipedge.store.interfaces import MISS, Miss
from sipedge.store.waiting import Waiting

if TYPE_CHECKING:
    from sipedge.store.memory import Clerk


class MemoryNumbers:
    """Numbers by E.164, base numbers with extensions and blocks among them."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._rows: dict[str, tuple[NumberFacts, int]] = {}
        self._blocks: list[tuple[str, str, int]] = []
        self._seen: set[str] = set()

    def put(self, e164: str, value: NumberFacts, extension_digits: int = 0) -> None:
        """Make a number exist, or change it. extension_digits: how many digits may follow it."""
        self._rows[e164] = (value, extension_digits)

    def put_block(self, first: str, last: str, extension_digits: int = 0) -> None:
        """Add a block of numbers of ours."""
        self._blocks.append((first, last, extension_digits))

    def remove(self, e164: str) -> None:
        """Make a number not exist."""
        del self._rows[e164]

    def get(self, dialled: str) -> NumberFacts | Literal[Miss.MISS] | None:
        """What a dialled number is of ours; MISS in a cold store that has not fetched it."""
        if self._clerk.cold and dialled not in self._seen:
            return MISS
        return self._read(dialled)

    def fetch(self, dialled: str) -> Waiting[NumberFacts | None]:
        """The same as a Waiting."""

        def read() -> NumberFacts | None:
            self._seen.add(dialled)
            return self._read(dialled)

        return self._clerk.answer(read)

    def _read(self, dialled: str) -> NumberFacts | None:
        for size in range(len(dialled), 0, -1):
            facts, extension_digits = self._rows.get(dialled[:size], (None, 0))
            extension = dialled[size:]
            if facts is not None and len(extension) <= extension_digits:
                return replace(facts, extension=extension) if extension else facts
        if any(_is_within(dialled, *block) for block in self._blocks):
            return NumberFacts(dialled, None, None, None)
        return None


def _is_within(dialled: str, first: str, last: str, extension_digits: int) -> bool:
    """Whether a number lies in a block, or behind one of its numbers."""
    is_behind = 0 <= len(dialled) - len(first) <= extension_digits
    return is_behind and first <= dialled[: len(first)] <= last
