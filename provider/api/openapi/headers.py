"""The headers of answers."""

from __future__ import annotations

from typing import Any, Final

from provider.api.openapi.operations import Operation
from provider.api.throttle import REQUESTS_A_MINUTE, WINDOW

_TEXT: Final = {"type": "string"}
HEADERS: Final[dict[str, dict[str, Any]]] = {
    "RateLimit": {
        "description": "What is left of the token's requests, and for how many seconds "
        "(draft-ietf-httpapi-ratelimit-headers).",
        "schema": _TEXT,
        "example": f'"token";r={REQUESTS_A_MINUTE - 3};t=42',
    },
    "RateLimit-Policy": {
        "description": "How many requests a token has in how many seconds.",
        "schema": _TEXT,
        "example": f'"token";q={REQUESTS_A_MINUTE};w={WINDOW}',
    },
    "ETag": {
        "description": "Names this version of the row; send it as `If-Match` or `If-None-Match`. Absent where the "
        "answer was shaped by `?fields=` or `?expand=`, and for dry runs.",
        "schema": _TEXT,
        "example": '"5d41402abc4b2a76b9719d911017c592"',
    },
    "Location": {
        "description": "The address of what was made.",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
        "example": "https://voice.example.org/api/v1/customers/0b1f6b0e-8a40-4a5c-9d8e-0f6a3a1c2b7d/",
    },
    "Idempotency-Replayed": {
        "description": "`true` where this `Idempotency-Key` was answered before, and nothing was done again.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "Retry-After": {
        "description": "In how many seconds to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 5,
    },
    "WWW-Authenticate": {
        "description": "How to authenticate; beside a 403 the scope that is missing (RFC 6750 §3.1).",
        "schema": _TEXT,
        "example": 'Bearer realm="Freiton API"',
    },
}


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Each answer with the headers that it has."""
    result["components"]["headers"] = HEADERS
    for operation in operations:
        for status, response in operation.responses.items():
            if "$ref" in response:
                continue
            response["headers"] = {name: _header(name) for name in _names(operation, status)}


def _names(operation: Operation, status: str) -> list[str]:
    names = ["RateLimit", "RateLimit-Policy"]
    if "ETag" in operation.responses[status].get("headers", {}) or status == "304":
        names.append("ETag")
    if status == "201":
        names.append("Location")
    if status.startswith("2") and operation.takes("Idempotency-Key"):
        names.append("Idempotency-Replayed")
    return sorted(names)


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def for_problem(status: int) -> dict[str, dict[str, str]]:
    """The headers of a problem's answer."""
    names = ["RateLimit", "RateLimit-Policy"] if status != 401 else []
    names += ["WWW-Authenticate"] if status in (401, 403) else []
    names += ["Retry-After"] if status in (429, 503) else []
    return {name: _header(name) for name in sorted(names)}
