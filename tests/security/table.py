"""The matrix as docs/security.md shows it. `python -m tests.security.table` writes the document anew."""

from __future__ import annotations

from pathlib import Path

from tests.security.matrix import Row
from tests.security.rows import ROWS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- rows -->\n", "<!-- end of rows -->\n"


def rendered() -> str:
    """The table, one line a row."""
    head = "| what comes | what is owed | what defends (below sipedge/) | row, and what is tried |\n|---|---|---|---|\n"
    return head + "".join(map(_line, ROWS))


def _line(row: Row) -> str:
    defences = dict.fromkeys(one.defence for one in row.proofs)
    tried = "; ".join(one.name.replace("_", " ") for one in row.proofs)
    return f"| {row.comes} | {row.owed} | {'; '.join(defences)} | `{row.key}`: {tried} |\n"


def written(document: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}{rendered()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text()))
