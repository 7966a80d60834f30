"""What `?dry_run=1` answers: 200, whatever the write itself would answer, with that in it."""

from __future__ import annotations

from typing import Any

from provider.api.openapi.operations import Operation, name_in, ref
from provider.api.writing import DRY_RUN


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Beside the answers of each write that of its trial."""
    schemas = result["components"]["schemas"]
    for operation in operations:
        if not operation.writes or not operation.takes(DRY_RUN):
            continue
        statuses = sorted(int(status) for status in operation.responses if status.startswith("2"))
        written = next((operation.answer_schema(str(status)) for status in statuses), None)
        name = (name_in(written) or ("" if written is None else f"Written{operation.view.basename}")) + "DryRun"
        known = schemas.setdefault(name, _trial(written))["properties"]["status"]["enum"]
        known[:] = sorted({*known, *statuses})  # making and changing a row show the same
        done = operation.answer_schema("200")
        kinds = [done, ref(name)] if done else [ref(name)]
        words = "What would have been, with `?dry_run=1`: nothing was kept."
        operation.answer_with("200", {"anyOf": kinds} if len(kinds) > 1 else kinds[0], words)


def _trial(written: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "type": "object",
        "description": "What a write would have been answered; nothing of it was kept.",
        "required": ["dry_run", "status", "result"],
        "properties": {
            "dry_run": {"type": "boolean", "const": True, "description": "Says that this is what would have been."},
            "status": {"type": "integer", "enum": [], "description": "Of the answer without `dry_run`."},
            "result": written if written else {"type": "null", "description": "Its body, which is empty."},
        },
    }
