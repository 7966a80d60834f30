"""What edges say of gateways: one row for each."""

from typing import Any

import pytest
from django.db import IntegrityError

from tests.factories.trunking import GatewayStateFactory
from trunking.models import GatewayState

pytestmark = pytest.mark.django_db


def test_an_edge_says_one_thing_of_a_gateway() -> None:
    state = GatewayStateFactory(gateway__name="Vienna 1")
    GatewayStateFactory(gateway=state.gateway, edge="edge2")
    assert str(state) == "Vienna 1 / edge1"
    with pytest.raises(IntegrityError, match="gatewaystate_once_per_edge"):
        GatewayStateFactory(gateway=state.gateway)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"last_status": 99}, "gatewaystate_status_range"),
        ({"last_status": 700}, "gatewaystate_status_range"),
        ({"registration_status": 1000}, "gatewaystate_registration_range"),
    ],
)
def test_a_status_is_a_status(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        GatewayStateFactory(**fields)


def test_a_gateway_goes_with_its_states() -> None:
    state = GatewayStateFactory()
    state.gateway.delete()
    assert not GatewayState.objects.exists()
