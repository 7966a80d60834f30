"""How tests ask the API: with a token, as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client


def ask(token: str, path: str, **parameters: Any) -> HttpResponse:
    """GET with a bearer token; `path` is what follows /api/v1/."""
    return Client().get(f"/api/v1/{path}", parameters, headers={"Authorization": f"Bearer {token}"})


def send(
    method: str, token: str, path: str, data: Any = None, *, headers: dict[str, str] | None = None, **parameters: Any
) -> HttpResponse:
    """A write with a bearer token and a JSON body, or a file of CSV where `data` is bytes; `path` is what follows
    /api/v1/."""
    is_file = isinstance(data, bytes)
    return Client().generic(
        method,
        f"/api/v1/{path}",
        data if is_file else "" if data is None else json.dumps(data),
        content_type="text/csv" if is_file else "application/json",
        query_params=parameters,
        headers={"Authorization": f"Bearer {token}", **(headers or {})},
    )


def rows(token: str, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a page that must be given."""
    response = ask(token, path, **parameters)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def refused_fields(response: HttpResponse) -> dict[str, str]:
    """The field → code of a 400."""
    assert response.status_code == 400, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    return {error["field"]: error["code"] for error in response.json()["errors"]}
