"""What the database refuses about routes."""

import pytest
from django.db import IntegrityError

from tests.factories.trunking import RouteFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("prefix", ["+43", "43 1", "a"])
def test_a_prefix_is_digits(prefix: str) -> None:
    with pytest.raises(IntegrityError, match="route_prefix_digits"):
        RouteFactory(prefix=prefix)


def test_a_gateway_has_a_prefix_once() -> None:
    route = RouteFactory(prefix="43")
    RouteFactory(prefix="43")
    with pytest.raises(IntegrityError, match="route_once_per_gateway"):
        RouteFactory(prefix="43", gateway=route.gateway)


def test_routes_have_names_for_people() -> None:
    route = RouteFactory(gateway__name="Vienna 1")
    assert [str(route), str(RouteFactory(gateway=route.gateway, prefix="43"))] == ["* → Vienna 1", "43 → Vienna 1"]
