"""A small world, filled in a transaction of the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from bench.web.shape import Shape

SCALE = 0.001


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The end of a request leaves the test's connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def shape(db: None) -> Shape:
    """A thousand subscribers, as many numbers, five thousand calls."""
    from bench.web.fill import fill

    small = Shape(SCALE)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    fill(small, lambda _what, _done, _total: None)
    return small
