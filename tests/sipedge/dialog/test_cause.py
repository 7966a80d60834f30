import pytest

from sipedge.dialog.cause import cause_in_reason, cause_of_status


@pytest.mark.parametrize(
    ("status", "cause"), [(200, 16), (404, 1), (486, 17), (480, 18), (487, 16), (408, 102), (603, 21), (499, 127)]
)
def test_of_status(status, cause):
    assert cause_of_status(status) == cause


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ("Q.850;cause=17", 17),
        ('Q.850 ;cause=31;text="Normal"', 31),
        ('SIP;cause=487;text="x", Q.850;text="y";cause=16', 16),
        ("q.850; cause = 3", 3),
        ("SIP;cause=200", None),
        ("Q.850;cause=999", None),
        ("Q.850;cause=abc", None),
        ("", None),
        (None, None),
    ],
)
def test_in_reason(header, cause):
    assert cause_in_reason(header) == cause
