"""GET /healthz and what it says when something is away."""

from typing import Any

import pytest
from django.test import Client

CLOSED = "redis://127.0.0.1:1/0"


@pytest.mark.django_db
def test_all_well(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_without_redis_it_says_so(client: Client, settings: Any) -> None:
    settings.REDIS_URL = CLOSED
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"Redis does not answer\n")


@pytest.mark.django_db
def test_without_a_database_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError, connection

    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"the database does not answer\n")
