"""Several edges count together on one real Valkey: told, missed, lost, killed, emptied, and back."""

import asyncio
import logging
import time

import pytest
import redis

from provider.run.valkey import EmbeddedValkey
from sipedge.load.counts import CallCounts
from sipedge.load.rates import CallRates
from sipedge.load.words import EDGES, Lease, Told, channel_of, counts_key, lease_key, write_word
from sipedge.shared import load as load_module
from sipedge.shared.load import LoadHub
from sipedge.shared.recount import Recount
from sipedge.store.memory import MemoryStore
from tests.sipedge.load.test_counts import a_call
from tests.sipedge.shared.test_hub import start_again

ALICE = ("subscriber", 1)
SOON = 10.0


class Edge:
    """What counts of an edge, on one database of calls with the others."""

    def __init__(self, url, name, store):
        self.name, self.store = name, store
        self.counts, self.rates = CallCounts(), CallRates()
        self.hub = LoadHub(url, name, self.counts, self.rates)
        self.recount = Recount(store.open_calls, self.counts, name, lambda: self.hub.telling)

    async def start(self):
        await self.recount.start()
        self.hub.start()
        return self

    async def stop(self):
        await self.recount.stop()
        await self.hub.stop()

    async def kill(self):
        """End without a word."""
        await self.recount.stop()
        self.hub._line._farewell = _nothing
        await self.hub.stop()

    def call(self, **fields):
        """Alice calls by this edge, and is answered; rows are written as the store's clerk does it."""
        call = a_call(edge=self.name, **fields)
        self.save(call)
        self.save(call._replace(state="answered", answered_at=1.0))
        return call

    def save(self, call):
        self.counts.saved(call)
        self.store.calls.save(call)

    def bye(self, call):
        """A BYE comes here."""
        self.counts.ended(call.id)
        self.store.calls.end(call.id, 2.0, "caller")

    @property
    def alice(self):
        return self.counts.count(*ALICE)


async def _nothing(_redis):
    """No farewell."""


async def soon(condition):
    """Wait for it, within bounds."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        await asyncio.sleep(0.01)


async def agreed(edges, number):
    """All of them know that alice has so many calls."""
    await soon(lambda: [edge.alice for edge in edges] == [number] * len(edges))


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def edges(redis_url, store):
    both = [await Edge(redis_url, name, store).start() for name in ("edge1", "edge2")]
    await soon(lambda: [len(edge.hub.telling) for edge in both] == [1, 1])
    yield both
    for edge in both:
        await edge.stop()


@pytest.fixture
def lines(caplog):
    logging.getLogger("sipedge").propagate = True
    caplog.set_level(logging.INFO, logger="sipedge")
    return lambda: [record.getMessage() for record in caplog.records if "calls" in record.getMessage()]


async def test_edges_count_together_within_a_second(edges):
    first, second = edges
    began = time.monotonic()
    call = first.call()
    second.call()
    await agreed(edges, 2)
    first.bye(call)
    await agreed(edges, 1)
    assert time.monotonic() - began < 1.0


async def test_a_call_whose_bye_comes_by_another_edge_ends_at_its_own(edges):
    first, second = edges
    call = first.call()
    await agreed(edges, 1)
    second.bye(call)
    await agreed(edges, 0)
    assert len(first.counts) == 0


async def test_edges_share_rates(edges):
    assert [edge.rates.edges for edge in edges] == [2, 2]
    await edges[1].stop()
    await soon(lambda: edges[0].rates.edges == 1)


async def test_who_comes_later_knows_all(edges, redis_url, store):
    for edge in edges:
        edge.call()
    await agreed(edges, 2)
    third = await Edge(redis_url, "edge3", store).start()
    await agreed([third], 2)
    third.call()
    await agreed([*edges, third], 3)
    await third.stop()


async def test_calls_stand_on_when_their_edge_goes_and_are_its_own_when_it_is_back(edges, redis_url, store, lines):
    first, second = edges
    calls = [first.call() for _ in range(3)]
    first.save(a_call(edge="edge1"))  # rings: nobody will pass its answer on
    await agreed(edges, 4)
    await first.stop()
    await agreed([second], 3)
    assert "= calls: edge edge1 does not tell; 3 calls of it are counted by their rows" in lines()
    second.bye(calls[0])
    assert second.alice == 2
    edges[0] = again = await Edge(redis_url, "edge1", store).start()
    await soon(lambda: "edge1" in second.hub.telling)
    await agreed(edges, 2)
    again.bye(calls[1])
    await agreed(edges, 1)


async def test_an_edge_that_was_killed_is_missed_when_its_lease_ends(edges, monkeypatch):
    monkeypatch.setattr(load_module, "LEASE", 1)
    monkeypatch.setattr(load_module, "LOOK", 0.2)
    first, second = edges
    first.call()
    await agreed(edges, 1)
    await asyncio.sleep(2.1)  # the looks that were under way have ended
    await first.kill()
    await soon(lambda: second.counts.figures()["calls_open_of_lost_edges"] == 1)
    assert (second.alice, second.rates.edges) == (1, 1)


async def test_of_two_that_stay_both_learn_what_ended_of_a_third_that_went(edges, redis_url, store):
    third = await Edge(redis_url, "edge3", store).start()
    await soon(lambda: all("edge3" in edge.hub.telling for edge in edges))
    call = third.call()
    await agreed(edges, 1)
    await third.stop()
    await soon(lambda: [edge.counts.figures()["calls_open_of_lost_edges"] for edge in edges] == [1, 1])
    edges[0].bye(call)
    await agreed(edges, 0)


async def test_what_was_not_heard_is_found_by_looking(edges, client, monkeypatch):
    first, second = edges
    heard = []
    monkeypatch.setattr(second.hub, "_hear", lambda text: heard.append(text) or True)
    first.call()
    await agreed([second], 1)
    assert heard


async def test_who_hears_that_he_missed_something_reads_it_at_once(edges, monkeypatch):
    first, second = edges
    hear, lost = second.hub._hear, []

    def deaf(text):
        if not lost and b'"counts":{"' in text:
            lost.append(text)
            return True
        return hear(text)

    monkeypatch.setattr(second.hub, "_hear", deaf)
    monkeypatch.setattr(load_module, "LOOK", 60.0)
    await asyncio.sleep(0)
    first.call()
    await soon(lambda: lost)
    first.call()
    await agreed([second], 2)


async def test_an_emptied_valkey_is_told_all_again(edges, client):
    calls = [edge.call() for edge in edges]
    await agreed(edges, 2)
    client.flushall()
    await soon(lambda: client.hget(counts_key("edge1"), "subscriber:1") == b"1")
    edges[0].bye(calls[0])
    await agreed(edges, 1)


async def test_rubbish_in_redis_harms_nobody(edges, client, lines):
    channel = channel_of(client.connection_pool.connection_kwargs["db"])
    client.publish(channel, b"\xff rubbish")
    client.publish(channel, write_word(Told("stranger", Lease("x", 1), {ALICE: 9})))
    client.sadd(EDGES, "gone")
    edges[0].call()
    await agreed(edges, 1)
    await soon(lambda: client.sismember(EDGES, "gone") == 0)
    assert any("cannot be read" in line for line in lines())


async def test_a_second_edge_of_the_same_name_is_said(edges, client, lines):
    client.set(lease_key("edge1"), "another/7", ex=60)
    await soon(lambda: any("lease of edge edge1" in line for line in lines()))
    edges[0].call()
    await agreed(edges, 1)


async def test_without_redis_each_edge_counts_alone_and_the_others_by_their_rows(store, lines, monkeypatch):
    edge = await Edge("", "edge1", store).start()
    edge.call()
    assert edge.alice == 1
    other = Edge("", "edge2", store)
    other.call()
    await agreed([edge], 2)
    await edge.stop()
    assert lines()[0].startswith("= calls: no REDIS_URL, so counts of calls are not shared")


async def test_two_installations_on_one_redis_do_not_hear_each_other(edges, client):
    database = client.connection_pool.connection_kwargs["db"]
    with pytest.MonkeyPatch.context() as patch:
        heard = []
        patch.setattr(edges[0].hub, "_hear", lambda text: heard.append(text) or True)
        client.publish(channel_of(database + 1), write_word(Told("theirs", Lease("x", 1), {ALICE: 9})))
        client.publish(channel_of(database), write_word(Told("ours", Lease("x", 1), {ALICE: 9})))
        await soon(lambda: heard)
        assert not any(b"theirs" in text for text in heard)


@pytest.fixture
def server(tmp_path):
    """A Valkey of this test's own, to be killed."""
    server = EmbeddedValkey(tmp_path)
    server.url = server.start()
    yield server
    server.end_left_over()
    server.stop()


async def test_valkey_killed_and_back(server, store, lines):
    edges = [await Edge(server.url, name, store).start() for name in ("edge1", "edge2")]
    await soon(lambda: [len(edge.hub.telling) for edge in edges] == [1, 1])
    calls = [edge.call() for edge in edges for _ in range(2)]
    await agreed(edges, 4)
    server.running().kill()
    server.running().wait()
    await soon(lambda: not any(edge.hub.is_up for edge in edges))
    assert [edge.hub.telling for edge in edges] == [(), ()]
    edges[0].bye(calls[0])
    edges[0].call()
    edges[0].call()
    assert edges[0].alice == 5  # our own at once, the others' as before
    await soon(lambda: edges[1].counts.figures()["calls_open_of_lost_edges"] > 0)
    edges[0].bye(calls[2])  # of edge2, which hears of it when Redis is back
    assert edges[0].alice == 4
    start_again(server)
    await soon(lambda: all(edge.hub.is_up for edge in edges))
    await agreed(edges, 4)
    assert sum("does not answer" in line for line in lines()) == 2
    for edge in edges:
        await edge.stop()


async def test_it_ends_when_it_is_told_to_also_while_it_connects(redis_url, store):
    for number in range(30):
        edge = Edge(redis_url, "edge1", store)
        edge.hub.start()
        await asyncio.sleep(number % 10 / 1000)
        async with asyncio.timeout(1.5):
            await edge.hub.stop()
