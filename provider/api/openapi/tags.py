"""The collections, as the readers of the document group operations by them."""

from __future__ import annotations

import inspect
from typing import Any

from provider.api.openapi.operations import Operation


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Each tag with what its collection is: the docstring of the view whose address is the shortest."""
    about: dict[str, str] = {}
    for operation in sorted(operations, key=lambda one: (len(one.path), one.path)):
        about.setdefault(operation.told["tags"][0], inspect.cleandoc(type(operation.view).__doc__ or ""))
    result["tags"] = [{"name": name, "description": words} for name, words in sorted(about.items())]
