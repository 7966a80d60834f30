"""What edges say to each other of their calls, as it is written in Redis (shared/load.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sipedge.load.parties import Party, read_party, write_party

EDGES: Final = "freiton:load:edges"
"""The Redis set of the edges' names."""


def lease_key(edge: str) -> str:
    """Where an edge's lease is: a text with a time to live."""
    return f"freiton:load:lease:{edge}"


def counts_key(edge: str) -> str:
    """Where an edge's counts are: a hash, party → calls."""
    return f"freiton:load:counts:{edge}"


def channel_of(database: int) -> str:
    """Where each change is said; channels know no databases (see guards/bans.py)."""
    return f"freiton:load:{database}"


class Lease(NamedTuple):
    """life: one in which an edge told without a gap, and what it told began with all. version: pushes since then."""

    life: str
    version: int


class Told(NamedTuple):
    """Counts that changed. 0: no call any more."""

    edge: str
    lease: Lease
    changes: Mapping[Party, int]


class Ended(NamedTuple):
    """Calls of somebody else that ended at this edge."""

    edge: str
    call_ids: list[UUID]


class Left(NamedTuple):
    """An edge goes, and tells nothing any more."""

    edge: str


Word: TypeAlias = Told | Ended | Left


def write_lease(lease: Lease) -> str:
    """The shared form."""
    return f"{lease.life}/{lease.version}"


def read_lease(text: str | bytes) -> Lease:
    """Read what `write_lease` wrote. Raises ValueError when it is anything else."""
    life, _, version = text_of(text).partition("/")
    return Lease(life, int(version))


def write_word(word: Word) -> str:
    """The shared form."""
    said: dict[str, Any] = {"edge": word.edge}
    if isinstance(word, Told):
        said |= {"lease": word.lease, "counts": {write_party(party): count for party, count in word.changes.items()}}
    elif isinstance(word, Ended):
        said["ended"] = [call_id.hex for call_id in word.call_ids]
    return json.dumps(said, separators=(",", ":"))


def read_word(text: str | bytes) -> Word:
    """Read what `write_word` wrote. Raises ValueError when it is anything else."""
    try:
        said = json.loads(text)
        edge = str(said["edge"])
        if "counts" in said:
            life, version = said["lease"]
            return Told(edge, Lease(str(life), int(version)), read_counts(said["counts"].items()))
        return Ended(edge, [UUID(hex=call_id) for call_id in said["ended"]]) if "ended" in said else Left(edge)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no word of an edge: {error!r}") from error


def read_counts(fields: Any) -> dict[Party, int]:
    """Fields of a hash, or of a word. Raises ValueError when one is not readable."""
    return {read_party(text_of(party)): int(count) for party, count in fields}


def text_of(text: str | bytes) -> str:
    """Text that came from Redis. Raises ValueError when it is none."""
    return text if isinstance(text, str) else text.decode()
