from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from sipedge.facts import CallRecord
from sipedge.load import counts as counts_module
from sipedge.load.counts import CallCounts


def a_call(**fields):
    """From subscriber 1 to subscriber 2, of two customers of one reseller."""
    record = CallRecord(
        uuid4(), "internal", "trying", "c@x", "edge1", 0.0,
        caller_subscriber_id=1, callee_subscriber_id=2, caller_customer_id=11, callee_customer_id=12,
        caller_reseller_id=21, callee_reseller_id=21,
    )  # fmt: skip
    return record._replace(**fields)


def all_of(counts):
    return [
        counts.count(*party) for party in (("subscriber", 1), ("subscriber", 2), ("customer", 11), ("reseller", 21))
    ]


def test_a_call_counts_for_all_its_parties_from_its_first_record_to_its_end():
    counts, call = CallCounts(), a_call()
    assert all_of(counts) == [0, 0, 0, 0]
    for state in ("trying", "ringing", "answered"):
        counts.saved(call._replace(state=state))
        assert all_of(counts) == [1, 1, 1, 1]
    counts.saved(call._replace(state="ended", ended_at=1.0))
    assert all_of(counts) == [0, 0, 0, 0]
    assert len(counts) == 0


def test_calls_add_up():
    counts, calls = CallCounts(), [a_call() for _ in range(3)]
    for call in calls:
        counts.saved(call)
    assert all_of(counts) == [3, 3, 3, 3]
    assert counts.count("all", 0) == 3
    counts.ended(calls[1].id)
    counts.ended(calls[1].id)
    assert all_of(counts) == [2, 2, 2, 2]


def test_a_call_moves_to_the_gateway_that_it_is_tried_at():
    counts, call = CallCounts(), a_call(callee_subscriber_id=None, gateway_out_id=7)
    counts.saved(call)
    counts.saved(call._replace(gateway_out_id=8))
    assert (counts.count("gateway", 7), counts.count("gateway", 8)) == (0, 1)
    assert counts.count("subscriber", 1) == 1
    counts.ended(call.id)
    assert counts.count("gateway", 8) == 0


def test_who_was_called_may_be_known_later():
    counts, call = CallCounts(), a_call(callee_subscriber_id=None)
    counts.saved(call)
    counts.saved(call._replace(callee_subscriber_id=2, state="ringing"))
    assert all_of(counts) == [1, 1, 1, 1]


def test_a_call_that_was_refused_at_once_counts_for_nothing():
    counts = CallCounts()
    counts.saved(a_call(state="ended", ended_at=0.0, status_code=404))
    assert all_of(counts) == [0, 0, 0, 0]


def test_a_call_that_ended_stays_ended():
    counts, call = CallCounts(), a_call()
    counts.saved(call)
    counts.ended(call.id)
    counts.saved(call._replace(state="answered"))
    assert all_of(counts) == [0, 0, 0, 0]


def test_memory_has_a_bound(monkeypatch):
    monkeypatch.setattr(counts_module, "MAX_CALLS", 2)
    counts, calls = CallCounts(), [a_call() for _ in range(3)]
    for call in calls:
        counts.saved(call)
    assert (len(counts), counts.count("subscriber", 1), counts.figures()["calls_uncounted"]) == (2, 2, 1)
    for call in calls:
        counts.ended(call.id)
    assert counts.count("subscriber", 1) == 0


_IDS = st.one_of(st.none(), st.integers(1, 2))
_EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["saved", "ended", "end"]), _IDS, _IDS, _IDS), max_size=40
)


@given(_EVENTS)
def test_whatever_happens_the_count_is_that_of_the_open_calls(events):
    counts, ids, is_open = CallCounts(), [uuid4() for _ in range(4)], {}
    for number, what, caller, callee, gateway in events:
        call = a_call(id=ids[number], caller_subscriber_id=caller, callee_subscriber_id=callee, gateway_out_id=gateway)
        if what == "saved":
            counts.saved(call)
            is_open[number] = call
        elif what == "end":
            counts.saved(call._replace(state="ended", ended_at=1.0))
            is_open.pop(number, None)
        else:
            counts.ended(call.id)
            is_open.pop(number, None)
    for number in (1, 2):
        mine = [call for call in is_open.values() if number in (call.caller_subscriber_id, call.callee_subscriber_id)]
        assert counts.count("subscriber", number) == len(mine)
        assert counts.count("gateway", number) == sum(call.gateway_out_id == number for call in is_open.values())
    for call_id in ids:
        counts.ended(call_id)
    assert counts._own == {}
