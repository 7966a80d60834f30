"""How sides write numbers, read from edge_number_format: all of them with the whole tables, one with the subscriber
that has its own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sipedge.facts import NumberFormatFacts

if TYPE_CHECKING:
    import asyncpg

    from sipedge.store.link import Connection

_COLUMNS: Final = NumberFormatFacts._fields
NUMBER_FORMATS: Final = f"SELECT {', '.join(_COLUMNS)} FROM edge_number_format"  # noqa: S608  our own columns
OF_SUBSCRIBER: Final = f"""
           CASE WHEN s.number_format_id IS NOT NULL THEN (
               SELECT jsonb_build_array({", ".join(f"f.{name}" for name in _COLUMNS)})
               FROM edge_number_format f WHERE f.id = s.number_format_id
           ) END AS number_format"""  # noqa: S608  our own columns
"""A column for a query of edge_subscriber AS s: JSON, NULL where the subscriber has no format of its own."""

REMEMBERED: Final = 1024
"""Formats of subscribers that are kept as one object for all who have them."""


async def fetch_formats(connection: Connection) -> dict[int, NumberFormatFacts]:
    """All of them by id."""
    return formats_of(await connection.fetch(NUMBER_FORMATS))


def formats_of(rows: Iterable[asyncpg.Record]) -> dict[int, NumberFormatFacts]:
    """The facts of rows of NUMBER_FORMATS, by id."""
    return {row["id"]: _facts(row.values()) for row in rows}


@lru_cache(maxsize=REMEMBERED)
def format_of(text: str | None) -> NumberFormatFacts | None:
    """The value of the column OF_SUBSCRIBER."""
    return None if text is None else _facts(json.loads(text))


def _facts(values: Iterable[Any]) -> NumberFormatFacts:
    return NumberFormatFacts._make(tuple(value) if isinstance(value, list) else value for value in values)
