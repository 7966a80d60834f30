"""The OpenAPI document keeps the promises of the last release; and what would break one is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from provider.api.openapi.document import served
from tests.openapi.promises import BASELINE, broken, outline

WHAT_TO_DO = (
    "These promises of the API would be broken. Keep them; or, where it has to be, tell of each under Breaking in "
    "docs/api-changelog.md, and write the baseline anew: python -m tests.openapi.promises"
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What is promised now."""
    found: dict[str, Any] = json.loads(served().content)
    return found


def test_no_promise_is_broken(document: dict[str, Any]) -> None:
    found = broken(json.loads(BASELINE.read_text()), outline(document))
    assert not found, "\n".join([WHAT_TO_DO, *found])


def test_what_is_new_stands_in_the_baseline(document: dict[str, Any]) -> None:
    """Else a promise that is given today could be broken tomorrow, and nobody would see it."""
    known = json.loads(BASELINE.read_text())["operations"]
    missing = sorted(set(outline(document)["operations"]) - set(known))
    assert missing == [], "Write the baseline anew: python -m tests.openapi.promises"


def _operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/api/v1/{path}"][method]
    return found


def _schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def _without_parameter(document: dict[str, Any], name: str) -> None:
    told = _operation(document, "customers/", "get")
    told["parameters"] = [one for one in told["parameters"] if one["name"] != name]


def _move(document: dict[str, Any]) -> None:
    document["paths"]["/api/v1/buyers/"] = document["paths"].pop("/api/v1/customers/")


BREAKS: dict[str, tuple[Callable[[Any], object], str]] = {
    "operation": (lambda d: d["paths"]["/api/v1/customers/"].pop("get"), "The operation list_customers is gone"),
    "address": (_move, "list_customers was GET /api/v1/customers/, and is GET /api/v1/buyers/"),
    "parameter": (lambda d: _without_parameter(d, "name"), "list_customers does not take the parameter name"),
    "needed parameter": (
        lambda d: _operation(d, "customers/", "get")["parameters"][0].update(required=True),
        "list_customers needs the parameter",
    ),
    "scope": (lambda d: _operation(d, "customers/", "get")["security"].pop(0), "accounts:read is not enough any more"),
    "status": (lambda d: _operation(d, "customers/", "post")["responses"].pop("201"), "does not answer 201"),
    "member sent": (
        lambda d: _schema(d, "CustomerRequest")["properties"].pop("max_calls"),
        "CustomerRequest.max_calls cannot be sent",
    ),
    "member needed": (
        lambda d: _schema(d, "CustomerRequest")["required"].append("max_calls"),
        "CustomerRequest.max_calls has to be sent",
    ),
    "shorter": (
        lambda d: _schema(d, "CustomerRequest")["properties"]["name"].update(maxLength=10),
        "CustomerRequest.name takes less: maxLength is 10",
    ),
    "no null": (
        lambda d: _schema(d, "CustomerRequest")["properties"]["max_calls"].update(type="integer"),
        "CustomerRequest.max_calls takes less: null",
    ),
    "choice": (
        lambda d: _schema(d, "DigestAlgorithmEnum")["enum"].pop(),
        "SubscriberRequest.digest_algorithm takes less",
    ),
    "member answered": (
        lambda d: _schema(d, "Customer")["properties"].pop("max_calls"),
        "Customer.max_calls is not answered any more",
    ),
    "renamed": (
        lambda d: _schema(d, "Call")["properties"].update(began_at=_schema(d, "Call")["properties"].pop("started_at")),
        "Call.started_at is not answered any more",
    ),
    "sometimes": (
        lambda d: _schema(d, "Customer")["required"].remove("name"),
        "Customer.name is not always answered any more",
    ),
    "type": (
        lambda d: _schema(d, "Customer")["properties"]["name"].update(type=["string", "null"]),
        "Customer.name is answered in another way: also null",
    ),
    "page": (
        lambda d: _schema(d, "CustomerPage")["properties"].pop("next"),
        "CustomerPage.next is not answered any more",
    ),
    "format": (
        lambda d: _schema(d, "Customer")["properties"]["created_at"].pop("format"),
        "Customer.created_at is answered in another way: no format=date-time",
    ),
}

ADDITIONS: dict[str, Callable[[Any], object]] = {
    "operation": lambda d: d["paths"].update(
        {"/api/v1/more/": {"get": _operation(d, "customers/", "get") | {"operationId": "more"}}}
    ),
    "parameter": lambda d: _operation(d, "customers/", "get")["parameters"].append(
        {"name": "more", "in": "query", "schema": {"type": "string"}}
    ),
    "member sent": lambda d: _schema(d, "CustomerRequest")["properties"].update(more={"type": "string"}),
    "member answered": lambda d: _schema(d, "Customer")["properties"].update(more={"type": "string"}),
    "choice": lambda d: _schema(d, "DigestAlgorithmEnum")["enum"].append("SHA-512"),
    "scope": lambda d: _operation(d, "customers/", "get")["security"].append({"token": ["more:read"]}),
    "longer": lambda d: _schema(d, "CustomerRequest")["properties"]["name"].update(maxLength=10_000),
    "status": lambda d: _operation(d, "customers/", "get")["responses"].update({"206": {"description": "More."}}),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_found(document: dict[str, Any], name: str) -> None:
    change, sentence = BREAKS[name]
    changed = copy.deepcopy(document)
    change(changed)
    found = broken(outline(document), outline(changed))
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize("name", ADDITIONS)
def test_what_is_added_breaks_nothing(document: dict[str, Any], name: str) -> None:
    changed = copy.deepcopy(document)
    ADDITIONS[name](changed)
    assert outline(changed) != outline(document)
    assert broken(outline(document), outline(changed)) == []
