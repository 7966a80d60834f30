"""Many writes in one request: what a row may say depends on the collection."""

from __future__ import annotations

from typing import Any

from provider.api.openapi.operations import Operation, name_in, ref
from provider.api.openapi.words import singular

_ID = {"type": "string", "format": "uuid", "description": "Of the row that is meant."}
_MATCH = {"type": "string", "description": "The ETag of the version that is meant, or * for whichever it is."}


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """The rows of each collection's bulk request, and of its answer."""
    schemas = result["components"]["schemas"]
    by_place = {(operation.path, operation.method): operation for operation in operations}
    for operation in operations:
        if operation.action != "bulk":
            continue
        name = "".join(word.capitalize() for word in singular(operation.told["tags"][0]).split("_"))
        collection = operation.path.removesuffix("bulk/")
        rows = _rows(by_place, collection, operation.view)
        kinds = [f"{name}Bulk{kind.capitalize()}" for kind in rows]
        schemas |= {f"{name}Bulk{kind.capitalize()}": schema for kind, schema in rows.items()}
        schemas[f"{name}BulkRequest"] = _request(schemas["BulkRequestRequest"], kinds)
        answered = _answered(by_place, collection)
        schemas[f"{name}BulkRowAnswer"] = _row_answer(schemas["BulkRowAnswer"], answered)
        schemas[f"{name}BulkAnswer"] = _answer(schemas["BulkAnswer"], f"{name}BulkRowAnswer")
        operation.told["requestBody"] = {
            "content": {"application/json": {"schema": ref(f"{name}BulkRequest")}},
            "required": True,
        }
        words = {"200": "All rows were written.", "207": "Those rows were written that could be."}
        words["422"] = "Nothing was written: a row was refused, and all or nothing was asked for."
        for status, told in words.items():
            operation.answer_with(status, ref(f"{name}BulkAnswer"))
            operation.responses[status]["description"] = told
    for generic in ("BulkRequestRequest", "BulkRowAnswer", "BulkAnswer"):
        schemas.pop(generic, None)


def _rows(by_place: dict[tuple[str, str], Operation], collection: str, view: Any) -> dict[str, dict[str, Any]]:
    match = {
        name for name, method in (("update", "partial_update"), ("delete", "destroy")) if method in view.needs_match
    }
    parts: dict[str, dict[str, Any]] = {}
    if create := by_place.get((collection, "POST")):
        parts["create"] = {"data": _body(create)}
    if update := by_place.get((f"{collection}{{id}}/", "PATCH")):
        parts["update"] = {"id": _ID, "if_match": _MATCH, "data": _body(update)}
    if (f"{collection}{{id}}/", "DELETE") in by_place:
        parts["delete"] = {"id": _ID, "if_match": _MATCH}
    return {
        kind: {
            "type": "object",
            "description": f"A row of a bulk request that is to be {kind}d.",
            "required": ["operation", *(part for part in told if part != "if_match" or kind in match)],
            "properties": {"operation": {"type": "string", "const": kind, "description": "What to do."}} | told,
            "additionalProperties": False,
        }
        for kind, told in parts.items()
    }


def _body(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = operation.told["requestBody"]["content"]["application/json"]["schema"]
    return found


def _request(generic: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
    rows = {**generic["properties"]["rows"], "items": {"oneOf": [ref(kind) for kind in kinds]}}
    return {**generic, "properties": {**generic["properties"], "rows": rows}}


def _answered(by_place: dict[tuple[str, str], Operation], collection: str) -> dict[str, Any]:
    """What a row is answered with: the kinds of rows that creating and changing show, or nothing."""
    places = (((collection, "POST"), "201"), ((f"{collection}{{id}}/", "PATCH"), "200"))
    shown = [by_place[place].answer_schema(status) for place, status in places if place in by_place]
    names = dict.fromkeys(name for name in map(name_in, shown) if name)
    return {
        "anyOf": [*(ref(name) for name in names), {"type": "null"}],
        "description": "The row, null where it is gone.",
    }


def _row_answer(generic: dict[str, Any], answered: dict[str, Any]) -> dict[str, Any]:
    return {**generic, "properties": {**generic["properties"], "result": answered, "problem": ref("Problem")}}


def _answer(generic: dict[str, Any], row: str) -> dict[str, Any]:
    rows = {**generic["properties"]["rows"], "items": ref(row)}
    return {**generic, "properties": {**generic["properties"], "rows": rows}}
