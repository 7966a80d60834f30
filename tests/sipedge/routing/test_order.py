from itertools import permutations

import pytest

from sipedge.facts import RouteFacts
from sipedge.routing.order import by_weight, in_order, is_for, up_to_last
from tests.sipedge.routing.network import ALICE, SOUTH_ALICE


def test_equally_good_routes_stay_together_however_they_came():
    routes = [
        RouteFacts(1, "43", 10, id=1), RouteFacts(2, "43", 10, id=2, weight=7), RouteFacts(3, "43", 10, id=3, cost=5),
        RouteFacts(4, "4", 1, id=4),
    ]  # fmt: skip
    for some in permutations(routes):
        assert [{route.id for route in group} for group in in_order(some)] == [{3}, {1, 2}, {4}]


@pytest.mark.parametrize(
    ("chance", "order"), [(0.0, [1, 2, 3]), (0.49, [1, 3, 2]), (0.5, [2, 1, 3]), (0.999999, [3, 2, 1])]
)
def test_by_weight(chance, order):
    routes = [
        RouteFacts(1, "", 1, id=1, weight=50),
        RouteFacts(2, "", 1, id=2, weight=30),
        RouteFacts(3, "", 1, id=3, weight=20),
    ]
    assert [route.id for route in by_weight(routes, chance)] == order


def test_a_weight_of_nothing_comes_last():
    routes = [RouteFacts(1, "", 1, id=1, weight=0), RouteFacts(2, "", 1, id=2, weight=1)]
    for chance in (0.0, 0.5, 0.99):
        assert [route.id for route in by_weight(routes, chance)] == [2, 1]
    assert [route.id for route in by_weight(routes[:1], 0.3)] == [1]


def test_nothing_is_tried_behind_the_last():
    routes = [RouteFacts(1, "", 1, is_last=False), RouteFacts(2, "", 1, is_last=True), RouteFacts(3, "", 1)]
    assert [route.gateway_id for route in up_to_last(routes, lambda route: route.is_last)] == [1, 2]


def test_whose_calls_a_route_is_for():
    route = RouteFacts(1, "", 1, reseller_id=1, domain_id=1)
    assert is_for(route, ALICE)
    assert not is_for(route, SOUTH_ALICE)
    assert not is_for(route._replace(customer_id=99), ALICE)
