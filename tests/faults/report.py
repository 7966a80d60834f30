"""What each test of a fault found, as the closing table of `make test-faults`."""

import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

KEY: Final = "fault"
_WIDTHS: Final = (22, 38, 34, 40, 6)
_TITLES: Final = ("fault", "what was done", "owed", "measured", "passed")


@dataclass
class Row:
    """One line of the table. `record` takes the parts that are known, as soon as they are."""

    fault: str
    record: Callable[[str, object], None]
    done: str = ""
    owed: str = ""

    def begin(self, done: str, owed: str) -> None:
        """What is about to be done, and what is owed then."""
        self.done, self.owed = done, owed
        self._write("it did not come to an end")

    def measured(self, figures: str) -> None:
        """What came out; shown at once, too (`-s`)."""
        self._write(figures)
        sys.stdout.write(f"\n{self.fault} | {self.done} | owed: {self.owed} | measured: {figures}\n")

    def _write(self, figures: str) -> None:
        self.record(KEY, [self.fault, self.done, self.owed, figures])


def table(rows: Sequence[tuple[Sequence[str], str]]) -> list[str]:
    """The lines of the table. rows: what `Row` recorded, and how the test ended; of one test the last one counts."""
    lines = [*_cells(_TITLES), "-+-".join("-" * width for width in _WIDTHS)]
    for cells, outcome in rows:
        lines += _cells([*cells, outcome])
    return lines


def _cells(texts: Sequence[str]) -> list[str]:
    columns = [textwrap.wrap(text, width) or [""] for text, width in zip(texts, _WIDTHS, strict=True)]
    height = max(map(len, columns))
    padded = [column + [""] * (height - len(column)) for column in columns]
    return [
        " | ".join(text.ljust(width) for text, width in zip(line, _WIDTHS, strict=True)).rstrip()
        for line in zip(*padded, strict=True)
    ]
