"""Bans of sources: what one is, for how long, and which of two words about the same source is the newer one.

Edges and the panel share them as JSON in one Redis hash. A ban that ended or was lifted stays there for a day, so that
a repeater gets a longer one and a late edge learns of the end. Times are seconds since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

FIRST_SECONDS: Final = 600.0
LONGER_EACH_TIME: Final = 4
LONGEST_SECONDS: Final = 86_400.0
REMEMBERED_SECONDS: Final = 86_400.0
"""How long after its end a ban counts when the next one is measured."""
MAX_BANS: Final = 10_000

BANS_KEY: Final = "freiton:guard:bans"
VERSION_KEY: Final = "freiton:guard:version"
"""The Redis hash of bans by source, and a number that rises with each change of it."""

AUTOMATIC: Final = ""
"""`by` of a ban that an edge made by itself."""


@dataclass(frozen=True, slots=True)
class Ban:
    """source: as `source_of` writes it. why: in words. strikes: how many bans in a row, this one included; 0: lifted.

    by: the administrator who made or lifted it, '' for an edge. changed: when this was last said; newer words win.
    """

    source: str
    why: str
    since: float
    until: float
    strikes: int = 1
    by: str = AUTOMATIC
    changed: float = 0.0

    def is_active(self, wall: float) -> bool:
        """Whether it holds now. A lifted one does not, whatever the clock of who asks."""
        return self.strikes > 0 and wall < self.until

    def is_memory(self, wall: float) -> bool:
        """Whether it still has to be known, active or not."""
        return wall < self.until + REMEMBERED_SECONDS


def write_ban(ban: Ban) -> str:
    """The shared form."""
    return json.dumps(asdict(ban), separators=(",", ":"))


def channel_of(database: int) -> str:
    """Where each change is said. Redis's channels know no databases: two installations may share one Redis, and must
    not hear each other."""
    return f"freiton:guard:{database}"


def read_ban(text: str | bytes) -> Ban:
    """Read what `write_ban` wrote. Raises ValueError when it is anything else."""
    try:
        known = json.loads(text)
        return Ban(
            str(known["source"]), str(known["why"]), float(known["since"]), float(known["until"]),
            int(known["strikes"]), str(known["by"]), float(known["changed"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no ban: {error!r}") from error


def next_ban(known: Ban | None, source: str, why: str, wall: float) -> Ban:
    """The ban that a source gets now: four times as long as the one before, if that was lately; at most a day."""
    strikes = known.strikes + 1 if known is not None and known.is_memory(wall) else 1
    seconds = min(FIRST_SECONDS * LONGER_EACH_TIME ** min(strikes - 1, 8), LONGEST_SECONDS)
    return Ban(source, why, wall, wall + seconds, strikes, AUTOMATIC, wall)


def banned_by(name: str, source: str, why: str, seconds: float, wall: float) -> Ban:
    """A ban by an administrator's hand."""
    return Ban(source, why, wall, wall + seconds, 1, name, wall)


def lifted(ban: Ban, name: str, wall: float) -> Ban:
    """The same ban, ended by an administrator; it does not count as a strike."""
    return replace(ban, until=min(ban.until, wall), strikes=0, by=name, changed=wall)


class BanBook:
    """All bans that are known, by source; at most `limit`, of which those that end first are forgotten first."""

    def __init__(self, limit: int = MAX_BANS) -> None:
        self._limit = limit
        self._bans: dict[str, Ban] = {}

    def __len__(self) -> int:
        return len(self._bans)

    def __iter__(self) -> Iterator[Ban]:
        return iter(tuple(self._bans.values()))

    def get(self, source: str) -> Ban | None:
        """What was said last about a source."""
        return self._bans.get(source)

    def adopt(self, ban: Ban) -> bool:
        """Keep it unless something newer is known. Gives whether it was news."""
        known = self._bans.get(ban.source)
        if known is not None and known.changed >= ban.changed:
            return False
        self._bans[ban.source] = ban
        if len(self._bans) > self._limit:
            self._drop(sorted(self._bans.values(), key=lambda one: one.until)[: 1 + self._limit // 64])
        return True

    def forget_old(self, wall: float) -> None:
        """Drop what has ended long ago."""
        self._drop([ban for ban in self._bans.values() if not ban.is_memory(wall)])

    def _drop(self, bans: Iterable[Ban]) -> None:
        for ban in bans:
            del self._bans[ban.source]


def sorted_by_time(bans: Iterable[Ban], wall: float) -> list[Ban]:
    """Those that hold now, the latest first."""
    return sorted((ban for ban in bans if ban.is_active(wall)), key=_began, reverse=True)


def _began(ban: Ban) -> Any:
    return ban.since, ban.source
