from uuid import uuid4

import pytest

from sipedge.load.words import (
    Ended,
    Lease,
    Left,
    Told,
    channel_of,
    counts_key,
    lease_key,
    read_counts,
    read_lease,
    read_word,
    write_lease,
    write_word,
)


@pytest.mark.parametrize(
    "word",
    [
        Told("edge1", Lease("a1", 7), {("subscriber", 7): 2, ("gateway", 1): 0}),
        Told("edge1", Lease("a1", 0), {}),
        Ended("edge1", [uuid4(), uuid4()]),
        Left("edge1"),
    ],
)
def test_a_word_is_read_as_it_was_written(word):
    assert read_word(write_word(word)) == word
    assert read_word(write_word(word).encode()) == word


@pytest.mark.parametrize(
    "text",
    [
        b"\xff", "", "rubbish", "[]", "7", "{}", '{"edge":"x","counts":[],"lease":["a",1]}', '{"edge":"x","counts":{}}',
        '{"edge":"x","counts":{"elephant:1":1},"lease":["a",1]}', '{"edge":"x","ended":["7"]}',
        '{"edge":"x","ended":7}',
        '{"edge":"x","counts":{"gateway:1":null},"lease":["a",1]}', '{"edge":"x","counts":{},"lease":7}',
    ],
)  # fmt: skip
def test_rubbish_is_a_value_error(text):
    with pytest.raises(ValueError, match="no word"):
        read_word(text)


def test_leases():
    lease = Lease("a1b2", 12)
    assert read_lease(write_lease(lease).encode()) == lease
    for rubbish in ("", "a", "a/b", b"\xff/1"):
        with pytest.raises(ValueError, match=r"invalid literal|decode"):
            read_lease(rubbish)


def test_counts_as_a_hash_has_them():
    assert read_counts([(b"gateway:7", b"3"), ("all:0", "4")]) == {("gateway", 7): 3, ("all", 0): 4}


def test_names_in_redis():
    assert lease_key("e1") == "freiton:load:lease:e1"
    assert counts_key("e1") == "freiton:load:counts:e1"
    assert channel_of(3) != channel_of(4)
