import pytest

from sipedge.proxy.best_response import best_of
from sipedge.sip.message import Response


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ([486, 480], 486),  # busy says more than away
        ([408, 486], 486),
        ([503, 480], 480),  # the lowest class
        ([500, 302], 302),
        ([404, 603], 603),  # a 6xx is for all of the user's phones
        ([486, 401, 480], 401),  # tells how to try again
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
