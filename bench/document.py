"""`python -m bench.document`: writes the figures of bench/results into docs/performance.md.

What stands between the markers is made from the files; everything else in the document is prose, and stays.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench import results
from bench.figures import Spread, short
from bench.rows.catalogue import command_of
from bench.web.section import section
from provider.run.environment import ROOT

DOCUMENT: Final = ROOT / "docs" / "performance.md"
WEB: Final = results.FOLDER / "latest-web.json"
SOAK: Final = results.FOLDER / "soak.json"
_BLOCK: Final = "<!-- {name}: made by python -m bench.document -->\n"
_END: Final = "<!-- end -->"


def main() -> int:
    """Writes the document; returns the exit code."""
    rows = results.read()
    if not rows:
        sys.stderr.write("There are no results yet: run `make bench` first.\n")
        return 1
    text = DOCUMENT.read_text()
    blocks = {"machine": machine(rows), "figures": figures(rows), "growth": growth(rows), "soak": soak(_read(SOAK)),
              "web": section(_read(WEB))}  # fmt: skip
    for name, block in blocks.items():
        text = filled(text, name, block)
    DOCUMENT.write_text(text)
    sys.stdout.write(f"Written: {DOCUMENT.relative_to(ROOT)}\n")
    return 0


def filled(text: str, name: str, block: str) -> str:
    """The text with this block between its markers. Raises ValueError when it has no such markers."""
    begin = _BLOCK.format(name=name)
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(_END)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the document has no place for {name}")
    return pattern.sub(lambda _: f"{begin}{block.strip()}\n{_END}", text, count=1)


def machine(rows: Sequence[dict[str, Any]]) -> str:
    """What the newest row was measured on."""
    about = max((row["machine"] for row in rows), key=lambda known: str(known["date"]))
    lines = [f"| {name.replace('_', ' ')} | {value} |" for name, value in about.items() if value != ""]
    return "\n".join(["| | |", "|---|---|", *lines])


def figures(rows: Sequence[dict[str, Any]]) -> str:
    """The goals, what was measured, and by which command."""
    lines = ["| work | edge | reference | measured | goal | reached | command |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        if not row["key"].startswith("growth"):
            reached = {True: "yes", False: "**no**", None: "–"}[row["reached"]]
            cells = (row["work"], row["edge"], row["reference"], _measured(row), row["goal"] or "–", reached)
            lines.append(f"| {' | '.join(cells)} | `{command_of(row['key'])}` |")
    return "\n".join(lines)


def growth(rows: Sequence[dict[str, Any]]) -> str:
    """CPU µs by rate and by size."""
    lines = ["| what | at | edge µs | PostgreSQL µs | together |", "|---|---|---|---|---|"]
    for row in rows:
        if row["key"].startswith("growth"):
            for at, usage in row["details"].items():
                edge, database = usage["edge_us"], usage["postgresql_us"]
                sums = f"{short(edge)} | {short(database)} | {short(edge + database)}"
                lines.append(f"| {row['work']} | {int(at):,} | {sums} |")
    return "\n".join(lines) if len(lines) > 2 else "Not measured yet: `make bench ROWS=growth`."


def soak(known: dict[str, Any]) -> str:
    """The soak in a few figures."""
    if not known:
        return "Not measured yet: `make soak`."
    looks, end = known["looks"], known["end"]
    warm = looks[int(len(looks) * 0.4)]
    verdict = "; ".join(known["complaints"]) or "nothing grew, nothing was left, nothing failed"
    lines = [
        f"{known['title']} ({known['machine']['date']}): {verdict}.",
        "",
        "| | after the warm-up | at the end of the load | when all has ended |",
        "|---|---|---|---|",
    ]
    for name, field, scale in (
        ("resident memory, MB", "rss", 1e6), ("file descriptors", "files", 1), ("SIP transactions", "transactions", 1),
        ("cached entries", "cached", 1), ("p99, ms", "p99", 1), ("sent again by our phones", "again", 1),
    ):  # fmt: skip
        values = (short(look[field] / scale) for look in (warm, looks[-1], end))
        lines.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(lines)


def _measured(row: dict[str, Any]) -> str:
    known = row["measured"]
    if known is None:
        return "not held"
    return f"{Spread(known['median'], known['min'], known['max'])} {row['unit']}"


def _read(file: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return known


if __name__ == "__main__":
    sys.exit(main())
