"""What is asked for: a page, by whom, with which parameters, and what its answer must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from bench.web.asking import Answer, Query
from bench.web.people import Person

PAIRED_VALUES: Final = 2
"""Of each parameter so many values are tried together with another parameter's."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an answer shows. rows: None where the page is no list. wrong: a sentence, or nothing."""

    rows: int | None
    wrong: str = ""


Look = Callable[[Answer], Finding]


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table. page: the route. path: the address that is asked for."""

    page: str
    person: Person
    path: str
    query: Query
    look: Look

    @property
    def label(self) -> str:
        """The parameters in words."""
        return "&".join(f"{name}={value}" for name, value in self.query) or "-"


class UnknownParameterError(Exception):
    """A page offers a filter for which no value is known: one has to be named in bench/web."""


def combined(choices: dict[str, list[Query]], *, pairs: bool = True) -> Iterator[Query]:
    """Each choice alone, then every two parameters together with a few values of each; without `pairs` only a few."""
    yield ()
    for values in choices.values():
        yield from values if pairs else values[:PAIRED_VALUES]
    if not pairs:
        return
    for one, other in combinations(choices.values(), 2):
        for left, right in product(one[:PAIRED_VALUES], other[:PAIRED_VALUES]):
            yield left + right


def once(queries: Iterable[Query]) -> list[Query]:
    """Without what occurs a second time."""
    return list(dict.fromkeys(queries))
