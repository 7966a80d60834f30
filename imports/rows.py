"""What all kinds of rows have in common: what is wrong with one, and what became of it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise

from imports.choices import Outcome

Text = str | Promise


class Wrong(NamedTuple):
    """What is wrong with a line: in which column ('' for the whole), for programs and in words."""

    line: int
    column: str
    code: str
    message: Text


class Result(NamedTuple):
    """What became of a line. name: of what it is about, as far as that could be read; uid: of the row."""

    line: int
    outcome: Outcome
    name: str
    uid: UUID | None = None


class Password(NamedTuple):
    """One that was made for a row."""

    line: int
    username: str
    domain: str
    password: str


class Batch(NamedTuple):
    """What became of some lines."""

    results: list[Result]
    problems: list[Wrong]
    passwords: list[Password]
