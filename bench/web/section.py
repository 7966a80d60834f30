"""The section "Panel and API" of docs/performance.md, out of the file of results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from bench.figures import percentile

KINDS: Final = (("/api/", "API"), ("/admin/", "Panel"), ("/", "Portal and the rest"))
SHOWN: Final = 5
"""Cases that are named as the slowest."""


def section(known: dict[str, Any]) -> str:
    """Markdown: how many cases there were, a line for each kind of page and for each list, and the slowest cases."""
    rows: list[dict[str, Any]] = known.get("rows", [])
    if not rows:
        return "Not measured yet: `make bench-web`."
    goal = float(known["goal_ms"])
    missed = [row for row in rows if row["p95"] >= goal or row["wrong"]]
    said = f"{len(missed)} miss it" if missed else "all of them keep it"
    size = "" if known["scale"] == 1.0 else f" Everything at {known['scale']:g} of its size."
    parts = [
        f"{len(rows):,} cases: each list with each filter, search, ordering and place, and two filters together, as an "
        f"administrator, resellers and customers of different size; and each page on one object. Goal: p95 below "
        f"{goal:.0f} ms of one worker; {said}. Every answer's rows were checked.{size} "
        f"({known['machine']['processor']}, PostgreSQL {known['machine']['postgresql']}, "
        f"Django {known['machine']['django']}, {known['machine']['date']}, {known['machine']['commit']})",
        _table(_by_kind(rows), "pages"),
        _table(_lists(rows), "list"),
        "The slowest: " + "; ".join(_named(row) for row in _slowest(rows)) + ".",
    ]
    return "\n\n".join(parts)


def _by_kind(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    kinds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        kinds[next(name for prefix, name in KINDS if row["page"].startswith(prefix))].append(row)
    return kinds


def _lists(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The pages that are lists, by their address."""
    pages: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["rows"] is not None and "<" not in row["page"]:
            pages[f"`{row['page']}`"].append(row)
    return dict(sorted(pages.items(), key=lambda item: -max(row["p95"] for row in item[1])))


def _table(groups: dict[str, list[dict[str, Any]]], head: str) -> str:
    lines = [
        f"| {head} | cases | median of p50 | worst p95 | CPU, median | most queries |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, rows in groups.items():
        middle = percentile([float(row["p50"]) for row in rows], 0.5)
        worst = max(float(row["p95"]) for row in rows)
        cpu = percentile([float(row["cpu"]) for row in rows], 0.5)
        most = max(int(row["queries"]) for row in rows)
        lines.append(f"| {name} | {len(rows):,} | {middle:.0f} ms | {worst:.0f} ms | {cpu:.0f} ms | {most} |")
    return "\n".join(lines)


def _slowest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: -float(row["p95"]))[:SHOWN]


def _named(row: dict[str, Any]) -> str:
    parameters = "" if row["parameters"] == "-" else f"?{row['parameters'][:60]}"
    return f"`{row['page']}{parameters}` as {row['who']} {row['p95']:.0f} ms"
