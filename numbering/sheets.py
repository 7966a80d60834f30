"""CSV of numbers: how a file is read, whatever program wrote it, and how cells are written so that none is a formula.

Pure: what the lines would do is worked out in imports.py. A cell that is empty leaves as it is what it stands for.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from numbering.choices import NumberState
from numbering.e164 import is_e164
from provider.csv_cells import Echo, bare, harmless

COLUMNS: Final = ("number", "reseller", "subscriber", "main", "extension_digits", "state", "note")
MAX_BYTES: Final = 10_000_000
MAX_LINES: Final = 100_000
MAX_NOTE: Final = 200
MAX_PROBLEMS: Final = 1_000

SEPARATORS: Final = ";,\t"
"""What stands between cells: whichever the header has most of."""
_SPACING: Final = re.compile(r"[\s()/.\-]+")
_YES: Final = {"yes": True, "1": True, "true": True, "ja": True, "no": False, "0": False, "false": False, "nein": False}

Text = str | Promise


class Row(NamedTuple):
    """What a line says of a number; None or '' where it says nothing. subscriber: (username, domain)."""

    line: int
    e164: str
    reseller: str = ""
    subscriber: tuple[str, str] | None = None
    main: bool | None = None
    extension_digits: int | None = None
    state: str = ""
    note: str = ""


class Problem(NamedTuple):
    """What is wrong with a line, counted from 1, in words."""

    line: int
    text: Text


class Sheet(NamedTuple):
    """What a file says."""

    rows: list[Row]
    problems: list[Problem]


class SheetError(Exception):
    """The file as a whole cannot be read: `problem` says from which line on, and what to do."""

    def __init__(self, line: int, text: Text) -> None:
        super().__init__(line, text)
        self.problem = Problem(line, text)


class CellError(Exception):
    """What is wrong with a line, in words: `text`."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


def read(content: bytes) -> Sheet:
    """Read a file. Raises SheetError."""
    if len(content) > MAX_BYTES:
        raise SheetError(1, _("The file is too large: at most %(most)d MB.") % {"most": MAX_BYTES // 1_000_000})
    text = _decoded(content)
    header, _newline, _rest = text.partition("\n")
    separator = max(SEPARATORS, key=header.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    try:
        columns = columns_of(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(problems) >= MAX_LINES:
                raise SheetError(reader.line_num, _("At most %(most)d lines at once.") % {"most": MAX_LINES})
            try:
                row = row_of(reader.line_num, columns, cells)
                _refuse_second(row, seen)
                rows.append(row)
            except CellError as error:
                problems.append(Problem(reader.line_num, error.text))
    except csv.Error as error:
        text_of = _("A quotation mark stands where none may stand, or one is missing (%(error)s).")
        raise SheetError(reader.line_num, text_of % {"error": error}) from error
    return Sheet(rows, problems)


def _decoded(content: bytes) -> str:
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SheetError(line, _("It is not UTF-8. Save the file as “CSV UTF-8”.")) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SheetError(line, _("It holds a NUL character: this is no CSV file."))
    return text


def columns_of(header: list[str]) -> list[str]:
    """The columns that a header names. Raises SheetError."""
    columns = [cell.strip().lower() for cell in header]
    unknown = [column for column in columns if column not in COLUMNS]
    if "number" not in columns or unknown or len(set(columns)) < len(columns):
        text = _(
            "The first line names the columns, with ; , or a tab between them: the first of %(columns)s is needed."
        )
        raise SheetError(1, text % {"columns": ", ".join(COLUMNS)})
    return columns


def _refuse_second(row: Row, seen: dict[str, int]) -> None:
    before = seen.setdefault(row.e164, row.line)
    if before != row.line:
        raise CellError(_("%(number)s stands in line %(line)d already.") % {"number": row.e164, "line": before})


def row_of(line: int, columns: list[str], cells: list[str]) -> Row:
    """What a line says. Raises CellError."""
    if len(cells) != len(columns):
        found = {"found": len(cells), "wanted": len(columns)}
        raise CellError(_("%(found)d cells instead of %(wanted)d: is the separator the header's?") % found)
    cell = {column: _bare(text) for column, text in zip(columns, cells, strict=True)}
    return Row(
        line,
        _number(cell["number"]),
        cell.get("reseller", ""),
        _subscriber(cell.get("subscriber", "")),
        _main(cell.get("main", "")),
        _digits(cell.get("extension_digits", "")),
        _state(cell.get("state", "")),
        _note(cell.get("note", "")),
    )


def _bare(text: str) -> str:
    """A cell without what keeps spreadsheets from computing."""
    return bare(text.strip())


def _number(text: str) -> str:
    e164 = _SPACING.sub("", text)
    if is_e164(e164):
        return e164
    if re.fullmatch(r"[0-9],?[0-9]*E\+?[0-9]+", e164, re.IGNORECASE):
        raise CellError(_("%(text)s was rounded by a spreadsheet: make the column one of text.") % {"text": text})
    raise CellError(_("“%(text)s” is no number: write it as +4311001, E.164 with the plus.") % {"text": text[:40]})


def _subscriber(text: str) -> tuple[str, str] | None:
    username, at, domain = text.lower().removeprefix("sip:").rpartition("@")
    if not text:
        return None
    if not (at and username and domain):
        raise CellError(_("“%(text)s” is no subscriber: write it as alice@example.org.") % {"text": text[:40]})
    return username, domain


def _main(text: str) -> bool | None:
    if not text:
        return None
    if text.lower() not in _YES:
        raise CellError(_("main is yes or no, not “%(text)s”.") % {"text": text[:40]})
    return _YES[text.lower()]


def _digits(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]|1[0-2]", text):
        raise CellError(_("extension_digits is a number from 0 to 12, not “%(text)s”.") % {"text": text[:40]})
    return int(text)


def _state(text: str) -> str:
    if text and text.lower() not in NumberState.values:
        found = {"text": text[:40], "states": ", ".join(NumberState.values)}
        raise CellError(_("state is one of %(states)s, not “%(text)s”.") % found)
    return text.lower()


def _note(text: str) -> str:
    if len(text) > MAX_NOTE:
        raise CellError(_("The note is longer than %(most)d characters.") % {"most": MAX_NOTE})
    return text


def written(row: Row) -> list[str]:
    """The cells of a row, in the order of COLUMNS; a number keeps its plus, no other cell is a formula."""
    subscriber = "@".join(row.subscriber) if row.subscriber else ""
    main = "" if row.main is None else "yes" if row.main else "no"
    digits = "" if row.extension_digits is None else str(row.extension_digits)
    return [row.e164, harmless(row.reseller), harmless(subscriber), main, digits, row.state, harmless(row.note)]


def lines(rows: Iterator[Row]) -> Iterator[str]:
    """The file's lines, its header first."""
    writer = csv.writer(Echo())
    for cells in chain([COLUMNS], map(written, rows)):
        yield writer.writerow(cells)
