import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.proxy.breadth import DEFAULT_BREADTH, breadth_of, in_waves, shares
from sipedge.sip.message import HeaderError, Request


def request(value=None):
    return Request("INVITE", "sip:b@example.org", [("Max-Breadth", value)] if value is not None else [])


@pytest.mark.parametrize(
    ("value", "breadth"), [(None, 60), ("60", 60), ("7", 7), ("0", 0), ("999", 60), ("9" * 30, 60)]
)
def test_what_a_request_has(value, breadth):
    assert breadth_of(request(value)) == breadth
    assert DEFAULT_BREADTH == 60


@pytest.mark.parametrize("value", ["-1", "many", "", "1.5", "٣"])
def test_what_is_no_number_is_the_senders_fault(value):
    with pytest.raises(HeaderError):
        breadth_of(request(value))


@given(st.integers(1, 60), st.integers(1, 60))
def test_shares_are_at_least_one_and_never_more_than_there_is(breadth, branches):
    parts = shares(breadth, min(branches, breadth))
    assert min(parts) >= 1
    assert sum(parts) == breadth
    assert max(parts) - min(parts) <= 1


def test_too_many_targets_ring_one_wave_after_the_other():
    assert in_waves([["a", "b", "c"], ["d"]], 2) == [["a", "b"], ["c"], ["d"]]
    assert in_waves([["a", "b", "c"]], 1) == [["a"], ["b"], ["c"]]
    groups = [["a", "b"], ["c"]]
    assert in_waves(groups, 60) == groups
