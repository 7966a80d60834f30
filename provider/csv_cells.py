"""Cells of CSV that no spreadsheet takes for a formula (OWASP, CSV Injection)."""

from __future__ import annotations

import re
from typing import Final

_BEGINNING: Final = r"(?:^|(?<=[;\t\r\n]))"
"""Of a cell, also behind what spreadsheets of other countries take for its end (German ones: the semicolon)."""
# Where apostrophes stood there already one more is put before them, so that a cell reads back as it was.
_FORMULA: Final = re.compile(rf"{_BEGINNING}(?='*[=+\-@\t\r])")
_HARMLESS: Final = re.compile(rf"{_BEGINNING}'(?='*[=+\-@\t\r])")


class Echo:
    """Where a csv.writer writes: its writerow then gives the line itself."""

    def write(self, text: str) -> str:
        """The line."""
        return text


def harmless(text: str) -> str:
    """The text with an apostrophe before everything that would be computed."""
    return _FORMULA.sub("'", text)


def bare(cell: str) -> str:
    """What `harmless` was given."""
    return _HARMLESS.sub("", cell)
