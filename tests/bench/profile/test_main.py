"""The table of a profile."""

from bench.profile.__main__ import table
from bench.profile.counts import Calls
from bench.profile.record import Profile
from bench.profile.stacks import Frame, Stack

PROFILE = Profile(
    "registration",
    (
        Stack((Frame("receive", "sipedge/engine.py"), Frame("parse", "sipedge/sip/parse.py")), 60),
        Stack((Frame("receive", "sipedge/engine.py"),), 39),
        Stack((Frame("rare", "sipedge/entropy.py"),), 0),
    ),
    99.0,
)


def test_rooms_have_their_share_of_the_measured_time() -> None:
    lines = [line.split() for line in table(PROFILE, Calls(120.0, {"sip/parse": 20.0})).splitlines()]
    assert ["sip/parse", "60.0", "61%", "20"] in lines
    assert ["engine", "39.0", "39%"] in lines
    assert ["in", "all", "99.0", "100%", "120"] in lines
    assert ["parse", "(sipedge/sip/parse.py)", "60.0"] in lines
    assert not any("entropy" in line for line in lines)
