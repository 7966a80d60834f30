"""What edges are told of calls."""

import json
from collections.abc import Callable, Iterator

import psycopg2
import pytest
from django.db import connection

Heard = Callable[[], list[tuple[str, list[str]]]]
"""Gives topic and keys of what was said since it was asked last."""


@pytest.fixture
def heard(transactional_db: None) -> Iterator[Heard]:
    """Somebody who listens as edges do."""
    known = connection.settings_dict
    listener = psycopg2.connect(
        dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
    )
    listener.autocommit = True
    listener.cursor().execute("LISTEN edge")

    def said() -> list[tuple[str, list[str]]]:
        listener.cursor().execute("SELECT 1")
        listener.poll()
        found = [json.loads(one.payload) for one in listener.notifies]
        listener.notifies.clear()
        return [(one["t"], one["k"]) for one in found]

    yield said
    listener.close()
