import pytest

from tests.sipedge.handlers.world import World


@pytest.fixture
def world():
    return World()


@pytest.fixture
def cold_world():
    return World(cold=True)
