"""Notifications as they are written by the triggers, and as nobody should write them."""

import json

import pytest

from sipedge.store.notify import read_payload


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ('{"t": "subscriber", "k": ["1/alice", "1/bob"]}', ("subscriber", ["1/alice", "1/bob"])),
        ('{"t": "number", "k": null}', ("number", None)),
        ('{"t": "binding", "k": [17]}', ("binding", ["17"])),
        (json.dumps({"t": "subscriber", "k": ['1/"ü\\']}), ("subscriber", ['1/"ü\\'])),
    ],
)
def test_what_triggers_write(payload: str, read: tuple[str, list[str] | None]) -> None:
    assert read_payload(payload) == read


@pytest.mark.parametrize(
    "payload", ["", "{", "[]", "null", "7", '{"t": "x"}', '{"t": 1, "k": null}', '{"t": "x", "k": 1}']
)
def test_what_cannot_be_understood_means_everything(payload: str) -> None:
    assert read_payload(payload) == ("", None)
