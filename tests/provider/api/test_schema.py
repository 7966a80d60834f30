"""The OpenAPI document is valid and says what the API does."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from provider.api.router import router
from provider.api.writing import WritableViewSet
from provider.run.environment import ROOT


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    response = Client().get("/api/schema/")
    assert response.headers["Content-Type"].startswith("application/json")
    return response.json()


def test_it_is_valid_and_drawn_up_without_warnings(db: None, tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_every_collection_stands_in_it(document: dict[str, Any]) -> None:
    wanted = {f"/api/v1/{prefix}/" for prefix, _, _ in router.registry}
    wanted |= {f"/api/v1/{prefix}/{{id}}/" for prefix, _, _ in router.registry}
    wanted |= {f"/api/v1/{prefix}/bulk/" for prefix, view, _ in router.registry if issubclass(view, WritableViewSet)}
    wanted |= {"/api/v1/credentials/{id}/rotate/"}
    wanted |= {"/api/v1/calls/statistics/", "/api/v1/calls/export/"}
    assert set(document["paths"]) == wanted | {"/api/v1/explain/"}


def test_what_a_list_takes_is_what_it_declares(document: dict[str, Any]) -> None:
    for prefix, view, _ in router.registry:
        told = {item["name"] for item in document["paths"][f"/api/v1/{prefix}/"]["get"]["parameters"]}
        instance = view(action="list")
        assert told == instance.declared_parameters()


def test_every_operation_needs_a_token_and_can_fail_in_the_same_ways(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["security"] == [{"token": []}]
            assert {"400", "401", "403", "404", "429", "503"} < set(operation["responses"])
            assert list(operation["responses"]["404"]["content"]) == ["application/problem+json"]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_operations_are_grouped_by_collection(document: dict[str, Any]) -> None:
    assert document["paths"]["/api/v1/calls/"]["get"]["tags"] == ["calls"]


def test_the_first_readers_may_come_at_once() -> None:
    """In a process of its own, since drf-spectacular loads its extensions once; four threads, as the web has."""
    program = (
        "import django; django.setup()\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from django.test import Client as C\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    print(set(pool.map(lambda _: C(HTTP_HOST='127.0.0.1').get('/api/schema/').status_code, range(8))))\n"
    )
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "provider.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stdout == "{200}\n", ended.stderr[-2000:]
