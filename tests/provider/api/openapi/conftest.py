"""The document, drawn up once for all tests here."""

from __future__ import annotations

from typing import Any

import pytest

from provider.api.openapi.generator import document
from tests.provider.api.openapi.told import Told


@pytest.fixture(scope="session")
def drawn() -> dict[str, Any]:
    """The OpenAPI document. Not to be changed."""
    return document()


@pytest.fixture(scope="session")
def operations(drawn: dict[str, Any]) -> dict[str, Told]:
    """Its operations by their ids."""
    return {
        told["operationId"]: Told(path, method.upper(), told, drawn["components"])
        for path, methods in drawn["paths"].items()
        for method, told in methods.items()
    }
