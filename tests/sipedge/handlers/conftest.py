import pytest

from sipedge.load.book import CallBook
from sipedge.load.parties import ids_of
from tests.sipedge.handlers.world import World


@pytest.fixture
def world():
    world = World()
    yield world
    assert_counted(world)


@pytest.fixture
def cold_world():
    world = World(cold=True)
    yield world
    assert_counted(world)


def assert_counted(world):
    """Whatever a test did: counted are the calls whose records are open, and no others."""
    book = CallBook()
    for record in world.calls:
        if record.ended_at is None:
            book.put(record.id, ids_of(record), record.parent_id)
    assert world.engine.services.counts.own() == book.counts
