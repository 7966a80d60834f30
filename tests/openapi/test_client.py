"""The document is one: out of it comes a Python client that a reseller's programmer would use, and it works."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest

from provider.api.openapi.document import served
from tests.openapi.conftest import Live

GENERATOR = Path(sys.executable).parent / "openapi-python-client"
NAME = "freiton_client"


def _of_forms(document: dict[str, Any]) -> dict[str, Any]:
    """Without bodies that are a file and nothing else where a form with it will do: the generator knows forms alone."""
    for operations in document["paths"].values():
        for operation in operations.values():
            bodies = operation.get("requestBody", {}).get("content", {})
            if "multipart/form-data" in bodies:
                bodies.pop("text/csv", None)
    return document


def _generate(folder: Path) -> Path:
    """Have the client made. It fails for whatever in the document it does not understand."""
    (folder / "schema.json").write_text(json.dumps(_of_forms(json.loads(served().content))))
    options = ["--path", "schema.json", "--output-path", NAME, "--meta", "none", "--fail-on-warning"]
    path = f"{GENERATOR.parent}{os.pathsep}{os.environ['PATH']}"  # it has ruff put the code into its form
    ended = subprocess.run(
        [GENERATOR, "generate", *options],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder / NAME


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the client."""
    return _generate(tmp_path_factory.mktemp("client"))


@pytest.fixture
def operation(generated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Any]]:
    """`operation("customers", "list_customers")`: a module of the client."""
    monkeypatch.syspath_prepend(generated.parent)
    yield lambda tag, name: importlib.import_module(f"{NAME}.api.{tag}.{name}")
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]


@pytest.fixture
def models(operation: Any) -> ModuleType:
    """The client's classes."""
    return importlib.import_module(f"{NAME}.models")


@pytest.fixture
def client(live: Live, operation: Any) -> Iterator[Any]:
    """The client, with a reseller's token."""
    made: Any = importlib.import_module(NAME)
    url, token = live.url, live.token_of("reseller")
    with made.AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True) as opened:
        yield opened


def test_a_reseller_sells_a_phone(client: Any, operation: Any, models: Any, live: Live) -> None:
    customer = operation("customers", "create_customer").sync(
        client=client, body=models.CustomerRequest(name="Bakery Huber", max_calls=2), idempotency_key=str(uuid4())
    )
    assert isinstance(customer, models.Customer)
    assert (customer.name, customer.max_calls, customer.is_active) == ("Bakery Huber", 2, True)
    subscriber = operation("subscribers", "create_subscriber").sync(
        client=client,
        body=models.SubscriberRequest(username="huber", domain=UUID(str(live.who.a.domain.uid)), customer=customer.id),
    )
    assert subscriber.aor == "huber@a.example.org"
    credential = operation("credentials", "create_credential").sync(
        client=client, body=models.CredentialRequest(subscriber=subscriber.id)
    )
    assert isinstance(credential, models.NewCredential)
    assert len(credential.password) >= 16


def test_it_reads_page_by_page(client: Any, operation: Any, models: Any) -> None:
    lists, make = operation("customers", "list_customers"), operation("customers", "create_customer")
    for number in range(3):
        make.sync(client=client, body=models.CustomerRequest(name=f"Customer {number}"))
    first = lists.sync(client=client, page_size=2, count=True)
    assert (len(first.results), first.count, first.previous) == (2, 4, None)
    second = client.get_httpx_client().get(first.next_).json()
    assert isinstance(models.CustomerPage.from_dict(second), models.CustomerPage)
    names = [row.name for row in first.results] + [row["name"] for row in second["results"]]
    assert names == ["Customer", "Customer 0", "Customer 1", "Customer 2"]


def test_a_shaped_answer_is_of_its_own_class(client: Any, operation: Any, models: Any) -> None:
    field = importlib.import_module(f"{NAME}.models.list_subscribers_fields_item").ListSubscribersFieldsItem
    page = operation("subscribers", "list_subscribers").sync(client=client, fields=[field.USERNAME])
    assert isinstance(page, models.SubscriberShapedPage)
    assert [row.username for row in page.results] == ["alice", "bob"]


def test_a_trial_and_a_refusal_are_told_apart(client: Any, operation: Any, models: Any) -> None:
    make = operation("customers", "create_customer")
    trial = make.sync(client=client, body=models.CustomerRequest(name="Tried"), dry_run=True)
    assert isinstance(trial, models.CustomerDryRun)
    assert (trial.status, trial.result.name) == (201, "Tried")
    problem = make.sync(client=client, body=models.CustomerRequest(name=""))
    assert isinstance(problem, models.Problem)
    assert (problem.status, problem.type_, problem.errors[0].field) == (400, "/api/problems/#not-accepted", "name")
    missing = operation("customers", "get_customer").sync(client=client, id=uuid4())
    assert (missing.status, missing.code) == (404, "not_found")


def test_it_is_the_same_each_time(generated: Path, tmp_path: Path) -> None:
    again = _generate(tmp_path)
    files = sorted(path.relative_to(generated) for path in generated.rglob("*.py"))
    assert len(files) > 200
    assert [(generated / path).read_text() for path in files] == [(again / path).read_text() for path in files]
