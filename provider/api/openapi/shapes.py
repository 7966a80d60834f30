"""Answers that are shaped by `?fields=` and `?expand=` have a schema of their own beside that of the whole (ADR 19)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.drainage import get_override

from provider.api.openapi.operations import SCHEMAS, Operation, name_in, ref
from provider.api.shaping import EXPAND, FIELDS

SHAPED = "Shaped"


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Beside each whole answer that can be shaped the shaped one."""
    schemas = result["components"]["schemas"]
    for operation in operations:
        name = name_in(operation.answer_schema("200"))
        if name is None or not (operation.takes(FIELDS) or operation.takes(EXPAND)):
            continue
        row = name_in(_row_of(schemas[name])) or name
        schemas.setdefault(row + SHAPED, _shaped(row, schemas[row], operation.view, schemas))
        shaped = row + SHAPED if row == name else _page_of(row, name, schemas)
        operation.answer_with("200", {"anyOf": [ref(name), ref(shaped)]})


def _row_of(schema: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = schema.get("properties", {}).get("results", {}).get("items")
    return found


def _shaped(name: str, whole: dict[str, Any], view: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    properties = dict(whole["properties"])
    for member, expansion in getattr(view, "expandable", {}).items():
        own_name = get_override(expansion.serializer, "component_name")  # type: ignore[no-untyped-call]
        target = own_name or expansion.serializer.__name__.removesuffix("Serializer")
        if target in schemas and member in properties:
            written_out = {"anyOf": [properties[member], ref(target)]}
            described = {key: properties[member][key] for key in ("description",) if key in properties[member]}
            properties[member] = written_out | described
    description = (
        f"{name} as `?fields=` and `?expand=` shape it: the members that were named, references written out. "
        "Without either an answer is never of this kind."
    )
    return {"type": "object", "description": description, "properties": properties}


def _page_of(row: str, name: str, schemas: dict[str, Any]) -> str:
    shaped = name.replace(row, row + SHAPED) if row in name else name + SHAPED
    page = schemas[name]
    results = {**page["properties"]["results"], "items": {"$ref": f"{SCHEMAS}{row}{SHAPED}"}}
    schemas.setdefault(shaped, {**page, "properties": {**page["properties"], "results": results}})
    return shaped
