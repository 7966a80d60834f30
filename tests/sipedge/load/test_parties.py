from uuid import UUID

import pytest

from sipedge.facts import CallRecord
from sipedge.load.parties import PARTY_FIELDS, add_to, ids_of, parties_of, read_party, write_party

CALL = CallRecord(UUID(int=1), "internal", "trying", "c@x", "edge1", 0.0)


def test_the_ids_are_those_of_the_fields():
    record = CALL._replace(**{name: number for number, name in enumerate(PARTY_FIELDS)})
    assert ids_of(record) == tuple(range(8))


def test_everybody_who_is_in_a_call():
    assert parties_of((1, 2, 3, 4, 5, 6, None, None)) == [
        ("all", 0), ("subscriber", 1), ("subscriber", 2), ("customer", 3), ("customer", 4), ("reseller", 5),
        ("reseller", 6),
    ]  # fmt: skip


def test_within_one_party_a_call_is_one_call():
    assert parties_of((1, 1, 3, 3, 5, 5, None, None)) == [
        ("all", 0),
        ("subscriber", 1),
        ("customer", 3),
        ("reseller", 5),
    ]


def test_a_gateway_gives_a_channel_each_way():
    assert parties_of((None,) * 6 + (7, 8)) == [("all", 0), ("gateway", 7), ("gateway", 8)]
    assert parties_of((None,) * 6 + (7, 7)) == [("all", 0), ("gateway", 7), ("gateway", 7)]


def test_parties_in_redis():
    assert read_party(write_party(("gateway", 7))) == ("gateway", 7)
    for rubbish in ("", "gateway", "gateway:x", "elephant:1", "life"):
        with pytest.raises(ValueError, match=r"party|invalid literal"):
            read_party(rubbish)


def test_nobody_is_kept_with_nothing():
    counts = {}
    add_to(counts, [("gateway", 7), ("gateway", 7), ("all", 0)], 1)
    assert counts == {("gateway", 7): 2, ("all", 0): 1}
    add_to(counts, [("gateway", 7), ("gateway", 7), ("all", 0)], -1)
    assert counts == {}
