"""What the rooms of this package ask about an operation: its view, what it takes, what it can end in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SCHEMAS = "#/components/schemas/"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document. told: its part of the document, which is changed in place."""

    method: str
    path: str
    view: Any
    told: dict[str, Any]

    @property
    def action(self) -> str | None:
        """The viewset's action; None for a view alone."""
        return getattr(self.view, "action", None)

    @property
    def is_of_a_row(self) -> bool:
        """Whether its address names a row."""
        return "{" in self.path

    @property
    def writes(self) -> bool:
        """Whether it writes through WritingViewSet.carry_out."""
        return self.action in getattr(self.view, "writing", ())

    @property
    def responses(self) -> dict[str, Any]:
        """Its answers by status."""
        found: dict[str, Any] = self.told["responses"]
        return found

    def takes(self, name: str) -> bool:
        """Whether it has a parameter or header of this name."""
        return any(parameter["name"] == name for parameter in self.told.get("parameters", []))

    def answer_schema(self, status: str) -> dict[str, Any] | None:
        """The schema of its JSON answer with this status, None where there is none."""
        found: dict[str, Any] | None = self.responses.get(status, {}).get("content", {}).get(JSON, {}).get("schema")
        return found

    def answer_with(self, status: str, schema: dict[str, Any], description: str = "") -> None:
        """Set the schema of an answer; add the answer where there is none."""
        response = self.responses.setdefault(status, {"description": description})
        response.setdefault("content", {})[JSON] = {"schema": schema}


def name_in(schema: dict[str, Any] | None) -> str | None:
    """The component that a schema refers to; None where it is written out."""
    return schema["$ref"].removeprefix(SCHEMAS) if schema and "$ref" in schema else None


def ref(name: str) -> dict[str, Any]:
    """A reference to a component."""
    return {"$ref": SCHEMAS + name}
