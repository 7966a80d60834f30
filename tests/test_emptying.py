"""What a test committed is gone for the next one, and an edge that runs on hears of it as it would of a TRUNCATE."""

import json
import select
from collections.abc import Callable

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.color import no_style
from django.core.management.sql import sql_flush
from django.db import connection

from tests import services
from tests.factories.replay import TABLES
from tests.factories.two_resellers import make_two_resellers


def _heard(empty: Callable[[], object]) -> set[str]:
    """The topics that an edge hears of."""
    listener = psycopg2.connect(services.dsn())
    listener.autocommit = True
    with listener.cursor() as cursor:
        cursor.execute("LISTEN edge")
        empty()
        select.select([listener], [], [], 5)
        listener.poll()
    topics = {message["t"] for message in (json.loads(told.payload) for told in listener.notifies)}
    listener.close()
    return topics


def _truncate() -> None:
    names = [str(name) for (name,) in _rows(TABLES) if name != "django_migrations"]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, names))}")


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_and_the_edge_is_told() -> None:
    make_two_resellers()
    told = _heard(lambda: call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True))
    tables = {str(name) for (name,) in _rows(TABLES)} - {"django_migrations"}
    full = {name for name in tables if _rows(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")}  # noqa: S608
    assert full == set()
    assert "DELETE FROM" in "".join(sql_flush(no_style(), connection))
    assert told == _heard(_truncate)
    assert len(told) > 4
