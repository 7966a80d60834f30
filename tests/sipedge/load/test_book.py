from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from sipedge.load.book import CallBook
from sipedge.load.parties import GATEWAY, parties_of

ALICE, BOB, CAROL = 1, 2, 3
IN, OUT = 7, 8


def ids(caller=None, callee=None, gateway_in=None, gateway_out=None):
    """Each subscriber is of a customer of its own, all are of one reseller."""
    customers = [None if one is None else 10 * one for one in (caller, callee)]
    resellers = [None if one is None else 100 for one in (caller, callee)]
    return (caller, callee, *customers, *resellers, gateway_in, gateway_out)


def count(book, *parties):
    return [book.counts.get(party, 0) for party in parties]


def test_a_forwarded_call_is_one_call_and_two_channels():
    book, call, leg = CallBook(), uuid4(), uuid4()
    book.put(call, ids(None, BOB, gateway_in=IN))
    book.put(leg, ids(BOB, None, gateway_out=OUT), call)
    assert count(book, ("subscriber", BOB), ("customer", 20), ("reseller", 100), ("all", 0)) == [1, 1, 1, 1]
    assert count(book, (GATEWAY, IN), (GATEWAY, OUT)) == [1, 1]
    assert len(book) == 2
    book.end(leg)
    assert count(book, ("subscriber", BOB), (GATEWAY, IN), (GATEWAY, OUT)) == [1, 1, 0]
    book.end(call)
    assert book.counts == {}


def test_a_leg_back_by_the_same_gateway_takes_a_second_channel():
    book, call, leg = CallBook(), uuid4(), uuid4()
    book.put(call, ids(None, BOB, gateway_in=IN))
    book.put(leg, ids(BOB, None, gateway_out=IN), call)
    assert count(book, (GATEWAY, IN)) == [2]


def test_what_ends_a_call_ends_its_legs():
    book, call, leg, leg_of_leg = CallBook(), uuid4(), uuid4(), uuid4()
    book.put(call, ids(ALICE, BOB))
    book.put(leg, ids(BOB, CAROL), call)
    book.put(leg_of_leg, ids(CAROL, None, gateway_out=OUT), leg)
    assert count(book, *[("subscriber", one) for one in (ALICE, BOB, CAROL)], ("all", 0)) == [1, 1, 1, 1]
    assert book.end(leg)
    assert count(book, *[("subscriber", one) for one in (ALICE, BOB, CAROL)], (GATEWAY, OUT)) == [1, 1, 0, 0]
    assert not book.end(leg_of_leg)
    book.put(uuid4(), ids(BOB, CAROL), call)
    assert book.end(call)
    assert book.counts == {}
    assert len(book) == 0
    assert book._families == {}


def test_a_leg_moves_to_another_gateway():
    book, call, leg = CallBook(), uuid4(), uuid4()
    book.put(call, ids(ALICE, BOB))
    book.put(leg, ids(BOB, None, gateway_out=IN), call)
    book.put(leg, ids(BOB, None, gateway_out=OUT), call)
    assert count(book, (GATEWAY, IN), (GATEWAY, OUT), ("subscriber", BOB)) == [0, 1, 1]


def test_a_leg_of_a_call_that_nobody_knows_stands_for_itself():
    book, leg = CallBook(), uuid4()
    book.put(leg, ids(BOB, None, gateway_out=OUT), uuid4())
    assert count(book, ("subscriber", BOB)) == [1]
    book.end(leg)
    assert book.counts == {}


def test_whose_count_changed_is_noted_when_somebody_asks():
    book, call = CallBook(), uuid4()
    book.put(call, ids(ALICE, BOB))
    assert book.changed is None
    book.changed = {}
    book.put(uuid4(), ids(ALICE))
    assert set(book.changed) == {("subscriber", ALICE), ("customer", 10), ("reseller", 100), ("all", 0)}


_SOMEBODY = st.one_of(st.none(), st.integers(1, 3))
_PUT = st.tuples(st.integers(0, 5), st.integers(0, 5), _SOMEBODY, _SOMEBODY, _SOMEBODY)


@given(st.lists(st.one_of(_PUT, st.integers(0, 5)), max_size=40))
def test_whatever_happens_the_counts_are_those_of_the_families(events):
    """Against a model that counts everything from the beginning each time."""
    book, keys, calls, parents = CallBook(), [uuid4() for _ in range(6)], {}, {}
    for event in events:
        if isinstance(event, int):
            gone = {event}
            while more := {one for one, parent in parents.items() if parent in gone and one not in gone}:
                gone |= more
            book.end(keys[event])
            for one in gone if event in calls else ():
                calls.pop(one, None)
                parents.pop(one, None)
            continue
        key, parent, caller, callee, gateway = event
        if key not in calls and parent in calls and parent < key:
            parents[key] = parent
        calls[key] = ids(caller, callee, gateway_out=gateway)
        book.put(keys[key], calls[key], keys[parent] if parent < key else None)
        assert book.counts == _modelled(calls, parents)
    assert book.counts == _modelled(calls, parents)


def _modelled(calls, parents):
    families, counts = {}, {}
    for key in calls:
        root = key
        while root in parents:
            root = parents[root]
        families.setdefault(root, []).extend(parties_of(calls[key]))
    for parties in families.values():
        once = [*{party for party in parties if party[0] != GATEWAY}, *[one for one in parties if one[0] == GATEWAY]]
        for party in once:
            counts[party] = counts.get(party, 0) + 1
    return counts


def test_for_whom_a_call_counts_with_its_legs():
    book, call, leg = CallBook(), uuid4(), uuid4()
    book.put(call, ids(None, BOB, gateway_in=IN))
    assert set(book.counted_for(call)) == {
        ("subscriber", BOB),
        ("customer", 20),
        ("reseller", 100),
        ("all", 0),
        (GATEWAY, IN),
    }
    book.put(leg, ids(BOB, CAROL), call)
    assert book.counted_for(leg) == book.counted_for(call)
    assert ("subscriber", CAROL) in book.counted_for(call)
    assert book.counted_for(uuid4()) == []
