"""How tests ask the API: with a token, as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client


def ask(token: str, path: str, **parameters: Any) -> HttpResponse:
    """GET with a bearer token; `path` is what follows /api/v1/."""
    return Client().get(f"/api/v1/{path}", parameters, headers={"Authorization": f"Bearer {token}"})


def rows(token: str, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a page that must be given."""
    response = ask(token, path, **parameters)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def refused_fields(response: HttpResponse) -> dict[str, str]:
    """The field → code of a 400."""
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    return {error["field"]: error["code"] for error in response.json()["errors"]}
