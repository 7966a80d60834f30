"""Cursors say nothing to whom they are given, and nobody else makes one."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts.sealing import seal
from events.cursors import Place, UnknownCursor

PLACE = Place(12_345, uuid4(), datetime(2026, 11, 23, 12, 0, 1, 500_000, tzinfo=UTC))


def test_a_cursor_leads_back_to_its_place() -> None:
    assert Place.of_cursor(PLACE.as_cursor()) == PLACE


def test_it_tells_nothing() -> None:
    cursor = PLACE.as_cursor()
    assert "12345" not in cursor
    assert cursor != PLACE.as_cursor()


@pytest.mark.parametrize("text", ["", "x", "é", "MTIz", seal("1 2"), seal("a b c"), "\ud800"], ids=list("abcdefg"))
def test_other_texts_are_none(text: str) -> None:
    with pytest.raises(UnknownCursor):
        Place.of_cursor(text)
