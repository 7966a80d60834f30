"""The file of results: the rows that were measured, and the machine. A row that was not measured again stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench import machine
from bench.stage import Plan
from bench.table import Row

FOLDER: Final = Path(__file__).parent / "results"
LATEST: Final = FOLDER / "latest.json"


def write(rows: Sequence[Row], plan: Plan, file: Path = LATEST) -> Path:
    """Puts these rows in the place of earlier ones of the same key, each with machine and plan. Returns the file."""
    known = read(file)
    about = {"machine": machine.describe(), "plan": asdict(plan)}
    new = {row.key: row.as_dict() | about for row in rows}
    kept = {row["key"]: row for row in known}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"rows": list((kept | new).values())}, indent=1, ensure_ascii=False) + "\n")
    return file


def read(file: Path = LATEST) -> list[dict[str, Any]]:
    """The rows of the file; none when it is not there."""
    if not file.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(file.read_text())["rows"]
    return rows
