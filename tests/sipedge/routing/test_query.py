import pytest

from sipedge.routing.query import Failure


@pytest.mark.parametrize(
    ("failure", "condition"),
    [
        (Failure(486), "busy"),
        (Failure(600, has_rung=True), "busy"),
        (Failure(408, is_timed_out=True), "no_answer"),
        (Failure(487, has_rung=True, is_timed_out=True), "no_answer"),
        (Failure(408, has_rung=True), "no_answer"),
        (Failure(480, has_rung=True), "no_answer"),
        (Failure(480), "not_registered"),
        (Failure(503), "not_registered"),
        (Failure(403), ""),
        (Failure(603, has_rung=True), ""),
    ],
)
def test_which_forwarding_a_failure_calls_for(failure, condition):
    assert failure.condition == condition
