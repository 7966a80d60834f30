"""A CSV file as its lines, read as a stream, whatever program wrote it: UTF-8 with or without a mark at its beginning,
and between the cells whichever of ; , and tab the first line has most of."""

from __future__ import annotations

import csv
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import chain
from typing import IO, Final, NamedTuple, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from numbering.sheets import SEPARATORS

MAX_BYTES: Final = 50_000_000
MAX_ROWS: Final = 250_000
MAX_LINE: Final = 100_000
"""Characters between two line ends: more is no CSV file, and is not read into memory to find that out."""

AT_ONCE: Final = 65_536

Text = str | Promise


class FileError(Exception):
    """The file as a whole cannot be read: from which line on, why (for programs, and in words)."""

    def __init__(self, line: int, code: str, text: Text) -> None:
        super().__init__(line, code, text)
        self.line, self.code, self.text = line, code, text

    def __str__(self) -> str:
        return str(_("Line %(line)d: %(text)s")) % {"line": self.line, "text": self.text}


class Line(NamedTuple):
    """A row of the file: the line in which it begins, counted from 1, and its cells."""

    number: int
    cells: list[str]


class Sheet(NamedTuple):
    """What a file holds. lines: read while one asks for them; they raise FileError."""

    columns: list[str]
    lines: Iterator[Line]


def open_sheet(file: IO[bytes], columns_of: Callable[[list[str]], list[str]]) -> Sheet:
    """Read the first line, and the others when they are asked for. columns_of: the columns that the first line names,
    or FileError. Raises FileError."""
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    pieces = _pieces(text)
    try:
        first = next(pieces, "")
    except UnicodeDecodeError as error:
        raise _not_utf8(text) from error
    if not first.strip():
        raise FileError(1, "empty", _("The file is empty: its first line names the columns."))
    separator = max(SEPARATORS, key=first.count)
    lines = _lines(csv.reader(chain([first], pieces), delimiter=separator, strict=True), text)
    header = next(lines)
    return Sheet(columns_of(header.cells), _bounded(lines))


def _pieces(text: TextIOWrapper) -> Iterator[str]:
    for number, piece in enumerate(iter(lambda: text.readline(MAX_LINE), ""), 1):
        if len(piece) >= MAX_LINE:
            raise FileError(number, "not_csv", _("The line is too long: this is no CSV file."))
        if "\0" in piece:
            raise FileError(number, "not_csv", _("It holds a NUL character: this is no CSV file."))
        yield piece


def _lines(reader: Iterator[list[str]], text: TextIOWrapper) -> Iterator[Line]:
    """All rows with anything in them."""
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            why = _("A quotation mark stands where none may stand, or one is missing (%(error)s).")
            raise FileError(before + 1, "not_csv", why % {"error": error}) from error
        except UnicodeDecodeError as error:
            raise _not_utf8(text) from error
        begins, before = before + 1, reader.line_num  # type: ignore[attr-defined]  # a csv.reader
        if any(cell.strip() for cell in cells):
            yield Line(begins, cells)


def _bounded(lines: Iterator[Line]) -> Iterator[Line]:
    for count, line in enumerate(lines, 1):
        if count > MAX_ROWS:
            text = _("There are too many rows: at most %(most)d at once.") % {"most": MAX_ROWS}
            raise FileError(line.number, "too_many_rows", text)
        yield line


def _not_utf8(text: TextIOWrapper) -> FileError:
    """Text is decoded some lines ahead: where exactly it went wrong is looked for from the beginning."""
    file = cast(IO[bytes], text.buffer)
    file.seek(0)
    decoder = getincrementaldecoder("utf-8")()
    line = 1
    try:
        while piece := file.read(AT_ONCE):
            line += decoder.decode(piece).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object.count(b"\n", 0, error.start)
    return FileError(line, "not_utf8", _("It is not UTF-8. Save the file as “CSV UTF-8”."))
