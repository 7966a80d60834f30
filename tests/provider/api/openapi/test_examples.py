"""Every request and answer has an example, and each is what its schema says."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from provider.api.openapi.examples import UNTOLD, example_of
from tests.provider.api.openapi.told import Told


def _bodies(one: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from one.words.get("requestBody", {}).get("content", {}).items()
    for answer in one.answers.values():
        yield from answer.get("content", {}).items()


def test_every_body_has_an_example_that_fits_its_schema(drawn: dict[str, Any], operations: dict[str, Told]) -> None:
    checked = 0
    for name, one in operations.items():
        for media_type, media in _bodies(one):
            if "json" not in media_type:
                continue
            schema = {**media["schema"], "components": drawn["components"]}
            check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
            told = [case["value"] for case in media.get("examples", {}).values()] or [media["example"]]
            for example in told:
                errors = list(check.iter_errors(example))
                assert not errors, (name, errors[0].message)
                checked += 1
    assert checked > 300


def test_no_member_is_without_an_example(operations: dict[str, Told]) -> None:
    """Where this fails: say an example in provider/api/openapi/example_values.py."""
    assert {place for one in operations.values() for place in _untold(one.words, one.words["operationId"])} == set()


def _untold(value: Any, place: str) -> Iterator[str]:
    if value == UNTOLD:
        yield place
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _untold(one, f"{place}.{name}")
    if isinstance(value, list):
        for one in value:
            yield from _untold(one, place)


def test_the_same_row_has_the_same_id_wherever_it_is_meant(operations: dict[str, Told]) -> None:
    customer = operations["get_customer"].answers["200"]["content"]["application/json"]["example"]["id"]
    assert (
        operations["create_subscriber"].words["requestBody"]["content"]["application/json"]["example"]["customer"]
        == customer
    )


def test_a_bulk_answer_shows_what_its_status_means(operations: dict[str, Told]) -> None:
    answers = operations["bulk_write_customers"].answers
    told = {status: answers[status]["content"]["application/json"]["example"] for status in ("200", "207", "422")}
    assert [(one["done"], one["refused"], len(one["rows"])) for one in told.values()] == [
        (1, 0, 1),
        (1, 1, 2),
        (0, 1, 2),
    ]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": ["string", "null"], "format": "date-time"}, "2026-11-23T09:30:00Z"),
        ({"type": "array", "items": {"type": "integer", "minimum": 7}}, [7]),
        ({"oneOf": [{"type": "string", "const": "a"}, {"type": "null"}]}, "a"),
        ({"enum": ["x", "y"]}, "x"),
        ({"type": "string"}, UNTOLD),
        ({"type": "null"}, None),
    ],
)
def test_an_example_is_made_of_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert example_of(schema, {}) == value
