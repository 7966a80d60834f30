from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from sipedge.facts import CallRecord, OpenCall
from sipedge.load import counts as counts_module
from sipedge.load.book import CallBook
from sipedge.load.counts import CallCounts
from sipedge.load.parties import ids_of


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


def test_a_leg_is_counted_with_the_call_that_it_is_of():
    counts, call = CallCounts(), a_call()
    leg = a_call(caller_subscriber_id=2, callee_subscriber_id=None, gateway_out_id=7, parent_id=call.id)
    counts.saved(call)
    counts.saved(leg)
    assert [counts.count("subscriber", 2), counts.count("gateway", 7), counts.count("all", 0)] == [1, 1, 1]
    counts.saved(call._replace(state="ended", ended_at=1.0))
    assert [counts.count("subscriber", 2), counts.count("gateway", 7), counts.count("all", 0)] == [0, 0, 0]


def standing(edge="edge1", **fields):
    call = a_call(**fields)
    return OpenCall(call.id, edge, 0.0, call.parent_id, ids_of(call))


def test_calls_of_before_a_restart():
    counts, calls = CallCounts(), [standing() for _ in range(3)]
    counts.resume(calls)
    assert all_of(counts) == [3, 3, 3, 3]
    counts.ended(calls[0].id)  # its BYE
    assert all_of(counts) == [2, 2, 2, 2]
    assert counts.own_ids() == [calls[1].id, calls[2].id]


def test_calls_of_before_a_restart_have_the_same_bound(monkeypatch):
    monkeypatch.setattr(counts_module, "MAX_CALLS", 2)
    counts = CallCounts()
    counts.resume([standing() for _ in range(3)])
    assert (len(counts), counts.uncounted) == (2, 1)


def test_other_edges_tell_their_counts():
    counts = CallCounts()
    counts.saved(a_call())
    counts.told_all("edge2", {("subscriber", 1): 2, ("all", 0): 2})
    counts.told_all("edge3", {("subscriber", 1): 1, ("all", 0): 1})
    assert (counts.count("subscriber", 1), counts.count("all", 0)) == (4, 4)
    counts.told("edge2", {("subscriber", 1): 0, ("subscriber", 9): 1})
    assert (counts.count("subscriber", 1), counts.count("subscriber", 9)) == (2, 1)
    counts.told("stranger", {("subscriber", 1): 9})
    assert counts.count("subscriber", 1) == 2
    counts.told_all("edge2", {})
    assert (counts.count("subscriber", 1), counts.count("subscriber", 9)) == (2, 0)


def test_what_others_have_to_be_told():
    counts, call = CallCounts(), a_call()
    counts.saved(call)
    assert counts.take_changes(10) == {}  # nobody is told anything yet
    assert counts.take_all()["subscriber", 1] == 1
    assert counts.take_changes(10) == {}
    counts.saved(a_call(caller_subscriber_id=5))
    counts.ended(call.id)
    told = counts.take_changes(4)
    assert len(told) == 4
    told |= counts.take_changes(100)
    assert (told["subscriber", 5], told["subscriber", 1], told["customer", 11]) == (1, 0, 1)
    assert counts.take_changes(10) == {}


def books_of(*calls):
    books = {}
    for call in calls:
        books.setdefault(call.edge, CallBook()).put(call.id, call.parties, call.parent_id)
    return books


def test_calls_of_an_edge_that_tells_no_more_count_until_each_has_ended():
    counts, calls = CallCounts(), [standing("lost") for _ in range(2)]
    counts.told_all("lost", {("subscriber", 1): 7})
    counts.told_all("edge2", {("subscriber", 1): 1})
    assert counts.adopt(books_of(*calls), {"edge2"}) == ["lost"]
    assert counts.adopt(books_of(*calls), {"edge2"}) == []
    assert counts.count("subscriber", 1) == 3
    assert counts.figures()["calls_open_of_lost_edges"] == 2
    counts.ended(calls[0].id)
    assert counts.count("subscriber", 1) == 2
    counts.ended_by_others([calls[1].id])
    assert counts.count("subscriber", 1) == 1


def test_an_edge_that_is_back_is_believed():
    counts = CallCounts()
    counts.adopt(books_of(standing("lost")), ())
    counts.told_all("lost", {("subscriber", 1): 5})
    assert counts.count("subscriber", 1) == 5
    counts.adopt(books_of(standing("lost")), {"lost"})  # read before it was back
    assert counts.count("subscriber", 1) == 5
    counts.adopt({}, ())
    assert counts.count("subscriber", 1) == 0


def test_a_call_of_another_edge_that_ended_here_is_to_be_told(monkeypatch):
    monkeypatch.setattr(counts_module, "MAX_ENDED", 2)
    counts, own, theirs = CallCounts(), a_call(), [uuid4() for _ in range(3)]
    counts.saved(own)
    counts.ended(uuid4())  # nobody shares anything
    counts.take_all()
    counts.ended(own.id)
    for call_id in theirs:
        counts.ended(call_id)
    assert counts.take_ended(1) == theirs[:1]
    counts.put_back(theirs[:1])
    assert counts.take_ended(9) == [theirs[1], theirs[0]]
    assert counts.take_ended(9) == []


def test_what_others_ended_is_told_to_nobody():
    counts, own = CallCounts(), a_call()
    counts.take_all()
    counts.saved(own)
    counts.ended_by_others([own.id, uuid4()])
    assert len(counts) == 0
    assert counts.take_ended(9) == []
    assert not counts.is_in_doubt
    counts.ended_by_others(None)
    assert counts.is_in_doubt


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
    assert counts._own.counts == {}


def test_a_call_that_goes_on_is_no_further_call_of_whom_it_counts_for():
    counts, call = CallCounts(), a_call(gateway_in_id=7)
    counts.saved(call)
    counts.saved(a_call(gateway_in_id=7))
    beside = counts.beside(call.id)
    assert [beside("subscriber", 2), beside("customer", 12), beside("reseller", 21)] == [1, 1, 1]
    assert beside("gateway", 7) == 2  # a leg by the same gateway is one more channel
    assert beside("subscriber", 9) == 0
    assert counts.beside(uuid4())("subscriber", 2) == 2
