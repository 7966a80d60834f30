import time

import pytest

from sipedge.guards.user_agents import UserAgentBans, fits


@pytest.mark.parametrize(
    ("pattern", "text", "is_so"),
    [
        ("friendly-scanner", "friendly-scanner", True),
        ("friendly-scanner", "Friendly-Scanner", True),
        ("friendly-scanner", "friendly-scanner 2", False),
        ("sip*", "SIPVicious", True),
        ("*scan*", "my scanner", True),
        ("*scan*", "phone", False),
        ("a*b*c", "a--b--c", True),
        ("a*b*c", "a--c--b", False),
        ("a*a", "a", False),
        ("ab*ba", "aba", False),
        ("*", "anything", True),
        ("*x", "xx", True),
        ("a.c", "abc", False),
        ("[a-z]*", "abc", False),
        ("", "", True),
    ],
)
def test_patterns(pattern, text, is_so):
    assert fits(pattern, text) is is_so


def test_no_pattern_runs_away():
    began = time.process_time()
    assert not fits("*a" * 50 + "*b", "a" * 256)
    assert time.process_time() - began < 0.1


def test_patterns_in_effect():
    bans = UserAgentBans()
    assert bans.find("friendly-scanner") is None
    bans.load(["friendly-scanner*", "*", "  ", "", "sundayddr"])
    assert bans.find("friendly-scanner/1.8") == "friendly-scanner*"
    assert bans.find("Yealink T54W") is None
    bans.load([])
    assert bans.find("friendly-scanner/1.8") is None


def test_made_up_texts_do_not_fill_the_memory():
    bans = UserAgentBans()
    bans.load(["*x*"])
    for number in range(20_000):
        bans.find(f"phone {number}")
    assert len(bans._known) <= 4096
    long = "y" * 300 + "x"
    assert bans.find(long) is None
    assert long not in bans._known
