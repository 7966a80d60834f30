"""What a document of a desired state says. Pure: what stands, and what would have to change, is worked out elsewhere.

Everything is named by what people call it (a customer by its name, a subscriber by its address of record, a number by
its digits): a configuration has no ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sipedge.auth.ha1 import Ha1Set

MAX_OBJECTS: Final = 3_000
"""So many a document names, over all its sections: what a plan of so many takes, all of them new, is
written in docs/desired-state.md."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a credential shall be proved by: a password, or HA1 values by name, hexadecimal."""

    password: str = field(default="", repr=False)
    ha1: Mapping[str, str] = field(default_factory=dict, repr=False)

    def is_held_by(self, stored: Ha1Set, username: str, realm: str) -> bool:
        """Whether all that this says is what is stored."""
        if self.password:
            return Ha1Set.from_password(username, realm, self.password) == stored
        values = {name: getattr(stored, name, None) for name in self.ha1}
        return all(value is not None and value.hex() == self.ha1[name].lower() for name, value in values.items())


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object of a document.

    kind: of desired/kinds. key: its name among those of its kind. path: where it stands in the document (RFC 6901).
    members: what it shall be, as far as the document says. is_absent: it shall not be there.
    """

    kind: str
    key: str
    path: str
    members: Mapping[str, Any] = field(default_factory=dict)
    is_absent: bool = False
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. prune: kinds of which nothing else shall be there, each with where that is said."""

    wanted: tuple[Wanted, ...]
    prune: Mapping[str, str] = field(default_factory=dict)

    def of_kind(self, kind: str) -> Iterator[Wanted]:
        """The objects of a kind, in their order."""
        return (one for one in self.wanted if one.kind == kind)

    def present(self, kind: str) -> list[str]:
        """The keys of those that shall be there."""
        return [one.key for one in self.of_kind(kind) if not one.is_absent]
