"""All operations that the API has, out of its OpenAPI document: so that no test can forget one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import resolve

from accounts.choices import Area
from provider.api.openapi.generator import document

ROOT = "/api/v1/"
ANY_ID = "00000000-0000-4000-8000-000000000000"
SAFE = "get"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. name: what is done, as `list`, `create`, `update`, `delete`, or an action's own."""

    method: str
    path: str
    name: str
    areas: Collection[Area]
    parameters: frozenset[str]
    references: frozenset[str]
    """The query parameters that are ids."""
    only_reads: bool

    @property
    def collection(self) -> str:
        """The first part of the address."""
        return self.path.removeprefix(ROOT).split("/")[0]

    @property
    def is_of_one(self) -> bool:
        """Whether it is about one object, named by its id."""
        return "{id}" in self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def all_operations() -> list[Operation]:
    """What the document lists."""
    return [
        _read(method, path, operation)
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    ]


def _read(method: str, path: str, operation: dict[str, Any]) -> Operation:
    view: Any = resolve(path.replace("{id}", ANY_ID)).func
    names: dict[str, str] = getattr(view, "actions", {})
    name = names.get(method, path.rstrip("/").rsplit("/", 1)[-1])
    in_query = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    return Operation(
        method=method,
        path=path,
        name=name,
        areas=tuple(view.initkwargs.get("areas", view.cls.areas)),
        parameters=frozenset(parameter["name"] for parameter in in_query),
        references=frozenset(p["name"] for p in in_query if p["schema"].get("format") == "uuid"),
        only_reads=method == SAFE or name in getattr(view.cls, "only_reads", ()),
    )
