"""The columns of a file of subscribers, and what the cells of a line say. Pure.

An empty cell says nothing: a subscriber that is new gets the default, one that stands keeps what it has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from imports.reading import FileError
from imports.rows import Text, Wrong
from numbering.e164 import is_e164
from provider.csv_cells import bare
from sipedge.auth.ha1 import Ha1Set
from subscribers import exports
from subscribers.actions import checked_password, ha1_of
from subscribers.choices import DigestAlgorithm
from subscribers.validators import USERNAME_PATTERN

NEEDED: Final = ("username", "domain")
HA1: Final = ("md5", "sha256", "md5_at", "sha256_at")
COLUMNS: Final = (*exports.COLUMNS, "password", *HA1)
MAX_NUMBERS: Final = 1_000
"""Of a subscriber: a large PBX; whoever has more gets the others by an import of numbers."""
MAX_NAME: Final = 100
MAX_CUSTOMER: Final = 200
MAX_CALLS: Final = 32_767

_CONTROLS: Final = ("Cc", "Cs", "Zl", "Zp")
"""What no name holds: controls, halves of characters, ends of lines. Some languages have spaces of their own."""
_BETWEEN: Final = re.compile(r"[\s,;|]+")
_USERNAME: Final = re.compile(USERNAME_PATTERN.removesuffix("$") + r"\Z")
_YES: Final = {"yes": True, "1": True, "true": True, "ja": True, "no": False, "0": False, "false": False, "nein": False}


class Wanted(NamedTuple):
    """What a line says of a subscriber; None or '' where it says nothing. domain: as written, in lower case.

    main_number: exports.NO_MAIN where none of its numbers is to become the main one.
    """

    line: int
    username: str
    domain: str
    customer: str = ""
    display_name: str = ""
    numbers: tuple[str, ...] = ()
    main_number: str = ""
    is_active: bool | None = None
    max_calls: int | None = None
    digest_algorithm: str = ""
    password: str = ""
    ha1: Ha1Set | None = None

    @property
    def name(self) -> str:
        """username@domain, as written."""
        return f"{self.username}@{self.domain}"


class _CellError(Exception):
    def __init__(self, code: str, text: Text) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


def columns_of(header: list[str]) -> list[str]:
    """The columns that the first line names. Raises FileError."""
    columns = [bare(cell.strip()).lower() for cell in header]
    known = ", ".join(COLUMNS)
    if unknown := [column for column in columns if column not in COLUMNS]:
        found = {"unknown": ", ".join(column[:40] or "“”" for column in unknown[:10]), "known": known}
        raise FileError(1, "unknown_column", _("Not known: %(unknown)s. Known columns are: %(known)s.") % found)
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise FileError(1, "column_twice", _("Named twice: %(columns)s.") % {"columns": ", ".join(twice)})
    if missing := [column for column in NEEDED if column not in columns]:
        raise FileError(1, "column_missing", _("Missing: %(columns)s.") % {"columns": ", ".join(missing)})
    return columns


def read(line: int, columns: list[str], cells: list[str]) -> tuple[Wanted, list[Wrong]]:
    """What a line says, and what is wrong with it: of each cell, so that all is told at once."""
    if len(cells) != len(columns):
        found = {"found": len(cells), "wanted": len(columns)}
        text = _("%(found)d cells instead of %(wanted)d: is the separator the header's?") % found
        return Wanted(line, "", ""), [Wrong(line, "", "cells", text)]
    texts = dict(zip(columns, cells, strict=True))
    values: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for column, reads in _READERS.items():
        try:
            values[column] = reads(texts.get(column, ""))
        except _CellError as error:
            wrong.append(Wrong(line, column, error.code, error.text))
    if given := {name: text.strip() for name in HA1 if (text := texts.get(name, "")).strip()}:
        wrong += _ha1(line, given, values)
    wrong += _together(line, values)
    return Wanted(line, values.pop("username", ""), values.pop("domain", ""), **values), wrong


def _together(line: int, values: Mapping[str, Any]) -> list[Wrong]:
    """What does not go together."""
    main = values.get("main_number")
    if main and main not in (exports.NO_MAIN, *values.get("numbers", (main,))):
        return [Wrong(line, "main_number", "not_among", _("The main number must be among the numbers."))]
    return []


def _ha1(line: int, given: dict[str, str], values: dict[str, Any]) -> list[Wrong]:
    if values.get("password"):
        return [Wrong(line, "password", "contradiction", _("Give a password or its HA1, not both."))]
    try:
        values["ha1"] = ha1_of(given)
    except ValidationError as error:
        return [Wrong(line, name, "invalid", texts[0]) for name, texts in error.message_dict.items()]
    return []


def _username(text: str) -> str:
    username = bare(text.strip()).lower()
    if not username:
        raise _CellError("required", _("This is needed."))
    if len(username) > 64:
        raise _CellError("too_long", _("At most %(most)d characters.") % {"most": 64})
    if not _USERNAME.match(username):
        raise _CellError("invalid", _("Only lower-case letters, digits and . _ + - are allowed."))
    return username


def _domain(text: str) -> str:
    domain = bare(text.strip()).lower()
    if not domain:
        raise _CellError("required", _("This is needed."))
    if len(domain) > 253:
        raise _CellError("too_long", _("At most %(most)d characters.") % {"most": 253})
    return domain


def _words(most: int) -> Callable[[str], str]:
    def reads(text: str) -> str:
        words = bare(text.strip())
        if len(words) > most:
            raise _CellError("too_long", _("At most %(most)d characters.") % {"most": most})
        if any(unicodedata.category(character) in _CONTROLS for character in words):
            raise _CellError("invalid", _("Control characters are not allowed."))
        return words

    return reads


def _number(text: str) -> str:
    if not is_e164(text):
        what = {"text": text[:40]}
        if re.fullmatch(r"[0-9][.,]?[0-9]*E\+?[0-9]+", text, re.IGNORECASE):
            text_of = _("%(text)s was rounded by a spreadsheet: make the column one of text.")
            raise _CellError("rounded", text_of % what)
        raise _CellError("invalid", _("“%(text)s” is no number: write it as +4311001, E.164 with the plus.") % what)
    return text


def _numbers(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_number(bare(part)) for part in _BETWEEN.split(bare(text.strip())) if part))
    if len(found) > MAX_NUMBERS:
        raise _CellError("too_many", _("At most %(most)d numbers.") % {"most": MAX_NUMBERS})
    return found


def _main(text: str) -> str:
    word = bare(text.strip())
    if word.lower() == exports.NO_MAIN:
        return exports.NO_MAIN
    return _number(word) if word else ""


def _is_active(text: str) -> bool | None:
    word = text.strip().lower()
    if word and word not in _YES:
        raise _CellError("invalid", _("Write yes or no."))
    return _YES.get(word)


def _max_calls(text: str) -> int | None:
    digits = text.strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and 1 <= int(digits) <= MAX_CALLS):
        raise _CellError("invalid", _("Write a whole number from 1 to %(most)d.") % {"most": MAX_CALLS})
    return int(digits)


def _digest(text: str) -> str:
    word = text.strip().upper()
    if word and word not in DigestAlgorithm.values:
        known = ", ".join(DigestAlgorithm.values)
        raise _CellError("invalid", _("Write one of %(known)s.") % {"known": known})
    return word


def _password(text: str) -> str:
    """As it stands: a space or an apostrophe may be part of it."""
    try:
        return checked_password(text) if text else ""
    except ValidationError as error:
        raise _CellError("invalid", error.messages[0]) from error


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "username": _username,
    "domain": _domain,
    "customer": _words(MAX_CUSTOMER),
    "display_name": _words(MAX_NAME),
    "numbers": _numbers,
    "main_number": _main,
    "is_active": _is_active,
    "max_calls": _max_calls,
    "digest_algorithm": _digest,
    "password": _password,
}
