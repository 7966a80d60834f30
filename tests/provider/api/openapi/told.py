"""How tests look at an operation of the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """What the document says of one operation."""

    path: str
    method: str
    words: dict[str, Any]
    components: dict[str, Any]

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Its answers by status, with those that stand elsewhere looked up."""
        return {
            status: self.components["responses"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            for status, one in self.words["responses"].items()
        }

    @property
    def parameters(self) -> set[str]:
        """The names of what it takes in its address and headers."""
        return {one["name"] for one in self.words.get("parameters", [])}

    @property
    def body(self) -> dict[str, Any]:
        """The schema of its request's body."""
        found: dict[str, Any] = self.words["requestBody"]["content"]["application/json"]["schema"]
        return found

    def schema(self, status: str) -> dict[str, Any]:
        """The schema of an answer in JSON."""
        found: dict[str, Any] = self.answers[status]["content"]["application/json"]["schema"]
        return found
