"""An example of each request and answer, made out of its schema: members mean the same wherever they stand, so their
examples are told here once. What a component needs beside that stands in PARTS and WHOLES."""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from provider.api.openapi.example_values import MEMBERS, PARTS, PATCHES, REFUSED_ROW
from provider.api.openapi.operations import JSON, SCHEMAS, Operation

MOMENT: Final = "2026-11-23T09:30:00Z"
BY_FORMAT: Final[dict[str, Any]] = {
    "date-time": MOMENT,
    "date": "2026-11-23",
    "uri": "https://voice.example.org/api/v1/",
    "email": "anna@example.org",
}
NUMBERS: Final = {"integer": 1, "number": 1.5}


UNTOLD: Final = "(no example yet)"
"""Stands where a member has neither an example of its own nor one by its format; a test says which."""


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Beside the schema of each body an example of it, where the view says none."""
    schemas = result["components"]["schemas"]
    for operation in operations:
        bodies = {"": operation.told.get("requestBody", {}), **operation.responses}
        for status, body in bodies.items():
            media = body.get("content", {}).get(JSON)
            if media is not None and not {"example", "examples"} & set(media):
                made = example_of(media["schema"], schemas)
                media["example"] = _bulk(made, status) if operation.action == "bulk" and status else made


def _bulk(answer: dict[str, Any], status: str) -> dict[str, Any]:
    """What a bulk request is answered with, by status: a row that was written, one that was refused, or both."""
    made, refused = dict(answer["rows"][0]), dict(answer["rows"][0])
    made |= {"index": 0, "status": 201}
    refused |= {"index": 1, "status": 400, "problem": REFUSED_ROW}
    made.pop("problem")
    refused.pop("result")
    refused.pop("etag")
    done = 0 if status == "422" else 1
    if status == "200":
        return {"done": 1, "refused": 0, "rows": [made]}
    return {"done": done, "refused": 1, "rows": [made, refused]}


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """An example of a schema. name: `Component.member` where it is a member's."""
    if name in PARTS:
        return PARTS[name]
    if "$ref" in schema:
        component = schema["$ref"].removeprefix(SCHEMAS)
        return _of_component(component, schemas[component], schemas)
    known = MEMBERS.get(name.rpartition(".")[2])
    if known is not None and _fits(known, schema):
        return known
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, name)
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if "enum" in schema:
        return schema["enum"][0]
    return _by_type(schema, schemas, name)


def _of_component(component: str, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if component in PARTS:
        return PARTS[component]
    if "properties" not in schema:
        return example_of(schema, schemas, component)
    members = schema["properties"]
    if component.startswith("Patched"):
        members = {name: members[name] for name in PATCHES.get(component, list(members)[:1])}
    row = component.removeprefix("Patched").removesuffix("Request").removesuffix("Shaped")
    return {name: example_of(member, schemas, f"{row}.{name}") for name, member in members.items()}


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "null":
        return None
    if kind == "array":
        return [example_of(schema["items"], schemas, name)]
    if kind == "object":
        return {key: example_of(one, schemas, f"{name}.{key}") for key, one in schema.get("properties", {}).items()}
    if kind == "boolean":
        return True
    if kind in NUMBERS:
        return schema.get("minimum", NUMBERS[kind])
    if schema.get("format") == "uuid":
        return _id_of(name)
    if schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    return UNTOLD


def _id_of(name: str) -> str:
    """The same wherever the same row is meant: `Customer.id`, `Subscriber.customer`, `Call.caller_subscriber`."""
    component, _, member = name.rpartition(".")
    whose = component if member == "id" else member.rpartition("_")[2]
    return str(uuid5(NAMESPACE_URL, whose.lower()))


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value told for a name is of the type that stands here: `from` is a text here, a list there."""
    kinds = schema.get("type")
    if kinds is None:
        return True
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    told = names.get(type(value), "null")
    return told in kinds if isinstance(kinds, list) else told == kinds
