"""What the OpenAPI document promises, in short; and which of these promises a newer document would break.

`python -m tests.openapi.promises` writes the baseline anew, after breaks were told in docs/api-changelog.md. What may
be added at any time: operations, parameters and members that nobody has to send, members of answers, choices, answers
of other statuses, scopes that are enough as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

from provider.run.environment import ROOT

BASELINE: Final = ROOT / "tests" / "openapi" / "promises.json"
SCHEMAS: Final = "#/components/schemas/"
_BOUNDS: Final = ("maxLength", "maximum", "maxItems")

Outline = dict[str, Any]


def outline(document: dict[str, Any]) -> Outline:
    """operations: by id. sent, answered: the components that requests, and answers, are made of."""
    schemas = document["components"]["schemas"]
    told = [
        (f"{method.upper()} {path}", one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    operations = {one["operationId"]: _operation(place, one, schemas) for place, one in told}
    sent = {one["body"] for one in operations.values()}
    answered = {kind for one in operations.values() for kind in one["answers"].values()}
    return {
        "operations": operations,
        "sent": _components(sent, schemas),
        "answered": _components(answered, schemas),
    }


def _operation(place: str, told: dict[str, Any], schemas: dict[str, Any]) -> Outline:
    parameters = {one["name"]: one for one in told.get("parameters", []) if one["in"] != "path"}
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    answers = {
        status: " ".join(_kind(media["schema"], schemas) for media in answer.get("content", {}).values())
        for status, answer in told["responses"].items()
        if status < "300"
    }
    return {
        "place": place,
        "scopes": sorted(" ".join(scopes) for one in told["security"] for scopes in one.values()),
        "parameters": {name: _kind(one["schema"], schemas) for name, one in sorted(parameters.items())},
        "required": sorted(name for name, one in parameters.items() if one.get("required")),
        "body": _kind(body, schemas),
        "answers": answers,
    }


def _components(kinds: set[str], schemas: dict[str, Any]) -> Outline:
    """What the components that are named in `kinds` hold, with those that are named there."""
    found: Outline = {}
    waiting = sorted(kinds)
    while waiting:
        for word in waiting.pop().split():
            name = word.lstrip("[")
            if name in schemas and name not in found:
                members = schemas[name].get("properties", {})
                told = {member: _kind(schema, schemas) for member, schema in members.items()}
                found[name] = {"members": told, "required": sorted(schemas[name].get("required", []))}
                waiting += told.values()
    return dict(sorted(found.items()))


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Its types, format, choices, bounds and components, as words; those of a list's rows begin with a bracket."""
    return " ".join(sorted(set(_words(schema, schemas))))


def _words(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        target = schemas[name]
        yield from _words(target, schemas) if "enum" in target else [name]
        return
    for choices in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choices, []):
            yield from _words(one, schemas)
    types = schema.get("type", [])
    yield from [types] if isinstance(types, str) else types
    yield from [f"format={schema['format']}"] if "format" in schema else []
    yield from [f"choice={json.dumps(choice).replace(' ', '_')}" for choice in schema.get("enum", [])]
    yield from [f"{word}={schema[word]}" for word in _BOUNDS if word in schema]
    if "items" in schema:
        yield from [f"[{word}" for word in _words(schema["items"], schemas)]


def broken(before: Outline, now: Outline) -> list[str]:
    """A sentence for each promise of `before` that `now` does not keep."""
    found: list[str] = []
    for name, old in before["operations"].items():
        new = now["operations"].get(name)
        found += _operation_broken(name, old, new) if new else [f"The operation {name} is gone ({old['place']})."]
    for name, old in before["sent"].items():
        found += _sent_broken(name, old, now["sent"].get(name))
    for name, old in before["answered"].items():
        found += _answered_broken(name, old, now["answered"].get(name))
    return found


def _operation_broken(name: str, old: Outline, new: Outline) -> Iterator[str]:
    if new["place"] != old["place"]:
        yield f"{name} was {old['place']}, and is {new['place']}."
    for scope in sorted(set(old["scopes"]) - set(new["scopes"])):
        yield f"{name}: a token with {scope or 'any scope'} is not enough any more."
    for one, kind in old["parameters"].items():
        if one not in new["parameters"]:
            yield f"{name} does not take the parameter {one} any more."
        elif lost := _narrowed(kind, new["parameters"][one]):
            yield f"{name} takes less as {one}: {lost}."
    for one in sorted(set(new["required"]) - set(old["required"])):
        yield f"{name} needs the parameter {one}, which it did not."
    if lost := _narrowed(old["body"], new["body"]):
        yield f"{name} takes less as its body: {lost}."
    for status, kind in old["answers"].items():
        if status not in new["answers"]:
            yield f"{name} does not answer {status} any more."
        elif more := _widened(kind, new["answers"][status]):
            yield f"{name} answers {status} in another way: {more}."


def _sent_broken(name: str, old: Outline, new: Outline | None) -> Iterator[str]:
    if new is None:
        yield f"No request is a {name} any more."
        return
    for one, kind in old["members"].items():
        if one not in new["members"]:
            yield f"{name}.{one} cannot be sent any more."
        elif lost := _narrowed(kind, new["members"][one]):
            yield f"{name}.{one} takes less: {lost}."
    for one in sorted(set(new["required"]) - set(old["required"])):
        yield f"{name}.{one} has to be sent, which it had not."


def _answered_broken(name: str, old: Outline, new: Outline | None) -> Iterator[str]:
    if new is None:
        yield f"No answer is a {name} any more."
        return
    for one, kind in old["members"].items():
        if one not in new["members"]:
            yield f"{name}.{one} is not answered any more."
        elif more := _widened(kind, new["members"][one]):
            yield f"{name}.{one} is answered in another way: {more}."
    for one in sorted(set(old["required"]) & set(new["members"]) - set(new["required"])):
        yield f"{name}.{one} is not always answered any more."


def _split(kind: str) -> tuple[set[str], set[str], dict[str, float]]:
    """Words, choices, bounds."""
    words = set(kind.split())
    choices = {word for word in words if "choice=" in word}
    bounds = {word for word in words if word.lstrip("[").partition("=")[0] in _BOUNDS}
    read = {word.partition("=")[0]: float(word.partition("=")[2]) for word in bounds}
    return words - choices - bounds, choices, read


def _narrowed(old: str, new: str) -> str:
    """What could be sent, and cannot any more; empty for nothing."""
    (words, choices, bounds), (now, choices_now, bounds_now) = _split(old), _split(new)
    lost = sorted(words - now) + [f"only {word}" for word in sorted(now - words) if "format=" in word]
    if choices_now:
        lost += sorted(choices - choices_now) if choices else ["only some choices"]
    smaller = [f"{word} is {most:g}" for word, most in bounds_now.items() if most < bounds.get(word, float("inf"))]
    return ", ".join(lost + smaller)


def _widened(old: str, new: str) -> str:
    """What a reader of answers has never met; empty for nothing. New choices are none: docs/api-changelog.md says that
    they may come."""
    (words, _, _), (now, _, _) = _split(old), _split(new)
    return ", ".join(
        [f"also {word}" for word in sorted(now - words)] + [f"no {word}" for word in sorted(words - now) if "=" in word]
    )


def main() -> None:
    """Write the baseline."""
    from tests.openapi.drawing import drawn_alone

    BASELINE.write_text(json.dumps(outline(drawn_alone()), indent=1, sort_keys=True) + "\n")
    sys.stdout.write(f"{BASELINE.relative_to(ROOT)} was written. Breaks belong into docs/api-changelog.md.\n")


if __name__ == "__main__":
    main()
