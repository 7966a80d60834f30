"""What is printed and written: what is wrong, then the slowest rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import django

from bench import machine
from bench.figures import percentile
from bench.web.measure import GOAL, Growth, Row

FILE: Final = Path(__file__).parent.parent / "results" / "latest-web.json"
SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Result:
    """All that one run found."""

    scale: float
    repeat: int
    rows: Sequence[Row]
    growths: Sequence[Growth]

    @property
    def wrong(self) -> list[Row]:
        """Rows whose answer was not what it must be."""
        return [row for row in self.rows if row.wrong]

    @property
    def slow(self) -> list[Row]:
        """Rows that miss the goal."""
        return [row for row in self.rows if row.is_slow and not row.wrong]

    @property
    def growing(self) -> list[Growth]:
        """Pages whose queries grow with their rows."""
        return [growth for growth in self.growths if growth.grows]

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        return not (self.wrong or self.slow or self.growing)


def text(result: Result, shown: int = SHOWN) -> str:
    """The whole report."""
    rows = sorted(result.rows, key=lambda row: (not row.wrong, -row.p95))
    times = f"{'p95 ms':>8} {'p50 ms':>8} {'CPU ms':>8} {'SQL ms':>8}"
    lines = [f"{times} {'queries':>7} {'rows':>5}  page, who, parameters"]
    lines += [_line(row) for row in rows[:shown]]
    if len(rows) > shown:
        lines.append(f"… and {len(rows) - shown} rows that took less; all of them stand in {FILE.name}")
    lines += ["", *_by_page(result.rows), ""]
    lines += [f"{growth.page} ({growth.who}): {growth.few} → {growth.many} queries" for growth in result.growing]
    return "\n".join([*lines, _sentence(result)])


def _line(row: Row) -> str:
    mark = f"  WRONG: {row.wrong}" if row.wrong else "  slow" if row.is_slow else ""
    count = "-" if row.rows is None else str(row.rows)
    times = f"{row.p95 * 1000:8.1f} {row.p50 * 1000:8.1f} {row.cpu * 1000:8.1f} {row.sql * 1000:8.1f}"
    return f"{times} {row.queries:7} {count:>5}  {row.page} {row.who}: {row.parameters[:110]}{mark}"


def _by_page(rows: Sequence[Row]) -> list[str]:
    """One line a page: how many cases it had, the median of their p50, and the worst p95."""
    pages: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        pages[row.page].append(row)
    ordered = sorted(pages.items(), key=lambda item: -max(row.p95 for row in item[1]))
    lines = [
        f"{'worst p95':>9} {'median p50':>10} {'cases':>6} {'queries':>7}  page (goal: p95 < {GOAL * 1000:.0f} ms)"
    ]
    for page, found in ordered:
        worst = max(row.p95 for row in found) * 1000
        middle = percentile([row.p50 for row in found], 0.5) * 1000
        lines.append(f"{worst:9.1f} {middle:10.1f} {len(found):6} {max(row.queries for row in found):7}  {page}")
    return lines


def _sentence(result: Result) -> str:
    count = len(result.rows)
    if result.holds:
        return f"All {count} cases stay below {GOAL * 1000:.0f} ms (p95 of {result.repeat}), each with the right rows."
    parts = [
        f"{len(result.slow)} of {count} cases miss {GOAL * 1000:.0f} ms" if result.slow else "",
        f"{len(result.wrong)} answers are wrong" if result.wrong else "",
        f"the queries of {len(result.growing)} pages grow with their rows" if result.growing else "",
    ]
    return "; ".join(part for part in parts if part) + "."


def write(result: Result, file: Path = FILE) -> None:
    """The file of results, with the machine's description."""
    found: dict[str, Any] = {
        "machine": machine.describe() | {"django": django.get_version()},
        "scale": result.scale,
        "repeat": result.repeat,
        "goal_ms": GOAL * 1000,
        "rows": [row.as_json() for row in sorted(result.rows, key=lambda row: -row.p95)],
        "growth": [asdict(growth) for growth in result.growths],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n")
