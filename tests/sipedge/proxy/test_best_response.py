import pytest

from sipedge.proxy.best_response import best_of
from sipedge.sip.message import Response


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ([486, 480], 486),  # busy says more than away
        ([408, 486], 486),
        ([503, 480], 480),  # the lowest class
        ([422, 486], 422),  # as does the least session interval
        ([404, 603], 603),  # a 6xx is for all of the user's phones
        ([486, 401, 480], 486),  # a challenge that is none
        ([408, 480], 480),
    ],
)
def test_choice(statuses, best):
    finals = [(status, Response(status, "")) for status in statuses]
    status_code, response = best_of(finals)
    assert status_code == best
    assert response is not None
    assert response.status_code == best


def test_a_503_of_a_next_hop_goes_on_as_500():
    assert best_of([(503, Response(503, "Busy server"))]) == (500, None)


@pytest.mark.parametrize(("others", "best"), [([], 480), ([500], 480), ([486], 486), ([408], 480)])
def test_a_redirection_counts_as_480_and_its_targets_are_nobodys_to_follow(others, best):
    moved = Response(302, "Moved", [("Contact", "<sip:+1900@premium.example>")])
    status_code, response = best_of([(302, moved), *((status, Response(status, "")) for status in others)])
    assert status_code == best
    assert response is None or response.status_code == best


def test_inside_a_dialog_a_redirection_is_the_peers_own_affair():
    moved = Response(302, "Moved")
    assert best_of([(302, moved)], hide_redirects=False) == (302, moved)


def test_all_challenges_reach_the_caller_each_once():
    first = Response(407, "", [("Proxy-Authenticate", "Digest realm=a"), ("Via", "x")])
    second = Response(401, "", [("WWW-Authenticate", "Digest realm=b"), ("Proxy-Authenticate", "Digest realm=a")])
    third = Response(407, "", [("Proxy-Authenticate", "Digest realm=c"), ("Proxy-Authenticate", "Digest realm=d")])
    status_code, best = best_of([(407, first), (486, Response(486, "")), (401, second), (407, third)])
    assert status_code == 407
    assert best.get_all("Proxy-Authenticate") == ["Digest realm=a", "Digest realm=c", "Digest realm=d"]
    assert best.get_all("WWW-Authenticate") == ["Digest realm=b"]
    assert best.get("Via") == "x"
    assert first.get_all("Proxy-Authenticate") == ["Digest realm=a"]


def test_a_challenge_tells_how_to_try_again():
    challenge = Response(407, "", [("Proxy-Authenticate", "Digest realm=a")])
    assert best_of([(486, Response(486, "")), (407, challenge)])[0] == 407


def test_without_a_challenge_nothing_is_added():
    busy = Response(486, "")
    assert best_of([(486, busy), (408, None)]) == (486, busy)
