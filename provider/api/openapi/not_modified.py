"""304: whoever has the version that stands gets no body."""

from __future__ import annotations

from typing import Any

from provider.api.openapi.operations import Operation


def add(result: dict[str, Any], operations: list[Operation]) -> None:  # noqa: ARG001 - as the other rooms
    """Beside the answer of each operation that takes If-None-Match."""
    for operation in operations:
        if operation.takes("If-None-Match"):
            operation.responses["304"] = {"description": "The version that `If-None-Match` names still stands."}
