"""Columns of call records as PostgreSQL takes them."""

import json
from uuid import UUID

import pytest

from sipedge.facts import CallEnd, CallRecord
from sipedge.store.call_rows import END, END_LEGS, SAVE, arguments

CALL = CallRecord(UUID(int=1), "internal", "trying", "c@192.0.2.1", "edge1", 1_800_000_000.0)


def _column(batch: list[CallRecord], name: str) -> object:
    return arguments(batch)[CallRecord._fields.index(name)]


def test_texts_are_joined_and_numbers_are_not() -> None:
    batch = [CALL._replace(caller="sip:a@x", cause=16), CALL._replace(caller="sip:b@x")]
    assert _column(batch, "caller") == "sip:a@x\x1fsip:b@x"
    assert _column(batch, "cause") == (16, None)


@pytest.mark.parametrize("steps", ['[["x","{0}",["\\u0000\\ud800x\\udcff"]]]', '[{"a\\u0000":[1,null,"\\uDFFF"]}]'])
def test_json_that_postgresql_would_refuse_is_made_storable(steps: str) -> None:
    column = _column([CALL._replace(steps=steps), CALL, CALL._replace(steps='["ü"]')], "steps")
    assert isinstance(column, str)
    first, second, third = column.split("\x1f")
    assert "\\u0000" not in first
    assert "\\ud" not in first.lower()
    assert json.loads(first)
    assert (second, json.loads(third)) == ("", ["ü"])


def test_every_column_of_the_record_is_in_the_statement() -> None:
    for number, name in enumerate(CallRecord._fields, 1):
        assert f"${number}::" in SAVE
        assert name in SAVE
    assert f"${len(CallEnd._fields)}::" in END
    assert f"c.id >= ${len(CallEnd._fields) + 1}" in END_LEGS
