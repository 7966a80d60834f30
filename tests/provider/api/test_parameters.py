"""What the OpenAPI document says of writes."""

from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def customers(db: None) -> dict[str, Any]:
    paths = Client().get("/api/schema/").json()["paths"]
    return {
        f"{method} {path.removeprefix('/api/v1/customers/')}": operation
        for path, operations in paths.items()
        if path.startswith("/api/v1/customers/")
        for method, operation in operations.items()
    }


def test_how_a_write_is_meant(customers: dict[str, Any]) -> None:
    told = {
        name: {parameter["name"]: parameter.get("required", False) for parameter in operation.get("parameters", [])}
        for name, operation in customers.items()
    }
    assert told["post "] == told["post bulk/"] == {"dry_run": False, "Idempotency-Key": False}
    assert told["patch {id}/"] == {"dry_run": False, "If-Match": False, "id": True}
    assert told["delete {id}/"] == {"dry_run": False, "If-Match": True, "id": True}
    assert told["get {id}/"] == {"fields": False, "expand": False, "If-None-Match": False, "id": True}


def test_what_names_a_version_is_in_the_answers(customers: dict[str, Any]) -> None:
    for name, status in (("post ", "201"), ("patch {id}/", "200"), ("get {id}/", "200")):
        assert "ETag" in customers[name]["responses"][status]["headers"], name
