"""Two edges and the panel on one real Valkey; Valkey killed, emptied, and back."""

import asyncio
import logging
import subprocess
import time

import pytest
import redis

from provider.run.valkey import EmbeddedValkey, binary
from sipedge.guards.bans import BANS_KEY, VERSION_KEY, banned_by, channel_of, lifted, read_ban, write_ban
from sipedge.guards.events import STREAM, Kind, SecurityEvent
from sipedge.guards.guard import Guard, GuardLimits
from sipedge.security_log import SecurityLog
from sipedge.shared.hub import Hub

STRANGER, OFFICE = "203.0.113.9", "192.0.2.50"
ALICE = (1, "alice")
SOON = 10.0


class Edge:
    """A guard with its line to Redis."""

    def __init__(self, url, name="edge1"):
        self.guard = Guard(GuardLimits(), lambda _host: False)
        self.log = SecurityLog()
        self.log.edge = name
        self.hub = Hub(url, self.guard, self.log)

    def fail(self, aor, times, host=STRANGER):
        for _ in range(times):
            self.guard.failed(host, aor, time.monotonic(), time.time())

    def spray(self, names=100, first=0):
        for number in range(first, first + names):
            self.fail((1, f"name{number}"), 1)

    def may_check(self, host, aor):
        return self.guard.may_check(host, aor, time.monotonic(), lambda: False)

    def is_banned(self, host=STRANGER):
        return self.guard.is_banned(host, time.monotonic())


async def soon(condition):
    """Wait for it, within bounds."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        await asyncio.sleep(0.01)


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def edges(redis_url):
    pair = [Edge(redis_url, "edge1"), Edge(redis_url, "edge2")]
    for edge in pair:
        edge.hub.start()
    await soon(lambda: all(edge.hub.is_up for edge in pair))
    yield pair
    for edge in pair:
        await edge.hub.stop()


@pytest.fixture
def lines(caplog):
    logging.getLogger("sipedge").propagate = True
    caplog.set_level(logging.INFO, logger="sipedge")
    return lambda: [record.getMessage() for record in caplog.records]


async def test_a_guesser_finds_no_second_budget_at_another_edge(edges):
    first, second = edges
    first.fail(ALICE, 8)
    await soon(lambda: not first.guard._counts)
    await asyncio.sleep(0)
    second.fail(ALICE, 3)
    await soon(lambda: not second.may_check(STRANGER, ALICE))
    assert second.may_check(OFFICE, ALICE)


async def test_a_source_that_sprays_over_all_edges_is_banned_at_all_within_a_second(edges):
    first, second = edges
    first.spray(60)
    await soon(lambda: not first.guard._counts)
    second.spray(60, first=60)
    began = time.monotonic()
    await soon(lambda: first.is_banned() and second.is_banned())
    assert time.monotonic() - began < 1.0
    assert [event["kind"] for event in second.log.take()] in ([], ["banned"])


async def test_what_the_panel_says_is_obeyed_within_a_second(edges, client):
    ban = banned_by("admin", STRANGER, "scanner", 3600, time.time())
    for word, is_so in ((ban, True), (lifted(ban, "admin", ban.changed + 1), False)):
        client.hset(BANS_KEY, ban.source, write_ban(word))
        client.incr(VERSION_KEY)
        client.publish(channel_of(client.connection_pool.connection_kwargs["db"]), write_ban(word))
        began = time.monotonic()
        await soon(lambda is_so=is_so: all(edge.is_banned() is is_so for edge in edges))
        assert time.monotonic() - began < 1.0


async def test_what_was_not_heard_is_found_by_looking(edges, client):
    ban = banned_by("admin", STRANGER, "scanner", 3600, time.time())
    client.hset(BANS_KEY, ban.source, write_ban(ban))
    client.incr(VERSION_KEY)
    await soon(lambda: all(edge.is_banned() for edge in edges))


async def test_an_edge_that_starts_later_knows_the_bans(edges, redis_url):
    edges[0].spray()
    await soon(edges[1].is_banned)
    late = Edge(redis_url)
    late.hub.start()
    await soon(late.is_banned)
    await late.hub.stop()


async def test_events_reach_the_stream(edges, client):
    edges[0].log.tell(SecurityEvent(Kind.RELAY_REFUSED, STRANGER, "udp", "eve@x", "Route: sip:evil"))
    await soon(lambda: client.xlen(STREAM) == 1)
    ((_, entry),) = client.xrange(STREAM)
    assert entry[b"kind"] == b"relay_refused"
    assert (entry[b"source"], entry[b"edge"]) == (STRANGER.encode(), b"edge1")


async def test_rubbish_in_redis_harms_nobody(edges, client, lines):
    ban = banned_by("admin", STRANGER, "scanner", 3600, time.time())
    client.hset(BANS_KEY, "x", b"\xff rubbish")
    client.hset(BANS_KEY, ban.source, write_ban(ban))
    client.incr(VERSION_KEY)
    client.publish(channel_of(client.connection_pool.connection_kwargs["db"]), b"rubbish")
    await soon(lambda: all(edge.is_banned() for edge in edges))
    await soon(lambda: not client.hexists(BANS_KEY, "x"))
    assert any("cannot be read" in line for line in lines())


async def test_counters_have_an_end(edges, client):
    edges[0].fail(ALICE, 5)
    await soon(lambda: len(list(client.scan_iter("freiton:guard:*"))) >= 3)
    names = [name for name in client.scan_iter("freiton:guard:*") if name.decode().split(":")[2] in ("pair", "aor")]
    assert all(0 < client.ttl(name) <= 300 for name in names)


async def test_without_redis_the_edge_counts_alone_and_says_so_once(lines):
    edge = Edge("")
    edge.hub.start()
    edge.fail(ALICE, 10)
    assert not edge.may_check(STRANGER, ALICE)
    await edge.hub.stop()
    assert lines() == ["= guards: no REDIS_URL, so failed logins and bans are not shared with other edges or the panel"]


async def test_a_wrong_address_is_said_and_stops_nothing(lines):
    edge = Edge("gopher://x")
    edge.hub.start()
    await edge.hub.stop()
    assert lines()[0].startswith("x guards: REDIS_URL cannot be used")


@pytest.fixture
def server(tmp_path):
    """A Valkey of this test's own, to be killed."""
    server = EmbeddedValkey(tmp_path)
    server.url = server.start()
    yield server
    server.end_left_over()
    server.stop()


def start_again(server):
    """As it was, but for what it held: on the same port, with the same password, empty."""
    (server.folder / "dump.rdb").unlink(missing_ok=True)
    server.process = subprocess.Popen([binary(), server.folder / "valkey.conf"], stdout=subprocess.DEVNULL)


@pytest.fixture
async def pair(server):
    """Two edges on that Valkey; one has banned the stranger, and counted five failures of alice's at the office."""
    edges = [Edge(server.url, "edge1"), Edge(server.url, "edge2")]
    for edge in edges:
        edge.hub.start()
    await soon(lambda: all(edge.hub.is_up for edge in edges))
    edges[0].spray()
    edges[0].fail(ALICE, 5, OFFICE)
    await soon(edges[1].is_banned)
    yield edges
    for edge in edges:
        await edge.hub.stop()


async def test_an_emptied_valkey_opens_nothing_and_learns_the_bans_again(server, pair):
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
        assert all(edge.is_banned() for edge in pair)
        await soon(lambda: client.hexists(BANS_KEY, STRANGER))
        assert read_ban(client.hget(BANS_KEY, STRANGER)).why == "100 failed logins"


async def test_valkey_killed_and_back(server, pair, lines):
    server.running().kill()
    server.running().wait()
    await soon(lambda: not any(edge.hub.is_up for edge in pair))
    pair[0].fail(ALICE, 5, OFFICE)
    assert not pair[0].may_check(OFFICE, ALICE)  # counts go on
    assert pair[1].may_check(OFFICE, ALICE)  # and shut nobody out
    assert all(edge.is_banned() for edge in pair)
    pair[0].log.tell(SecurityEvent(Kind.LOOP, OFFICE))
    start_again(server)
    await soon(lambda: all(edge.hub.is_up for edge in pair))
    with redis.Redis.from_url(server.url) as client:
        await soon(lambda: client.hexists(BANS_KEY, STRANGER) and client.xlen(STREAM) > 0)
    pair[1].fail(ALICE, 6, OFFICE)  # with the five that waited while Valkey was away
    await soon(lambda: not pair[1].may_check(OFFICE, ALICE))
    told = [line for line in lines() if line.startswith("= guards")]
    assert ["does not answer" in line for line in told] == [True, True, False, False]


async def test_it_ends_when_it_is_told_to_also_while_it_connects(redis_url):
    for number in range(60):
        edge = Edge(redis_url)
        edge.hub.start()
        await asyncio.sleep(number % 10 / 1000)
        async with asyncio.timeout(1.5):
            await edge.hub.stop()


async def test_two_installations_that_share_one_redis_do_not_hear_each_other(edges, client):
    database = client.connection_pool.connection_kwargs["db"]
    theirs = write_ban(banned_by("admin", OFFICE, "theirs", 3600, time.time()))
    client.publish(channel_of(database + 1), theirs)
    ban = banned_by("admin", STRANGER, "ours", 3600, time.time())
    client.publish(channel_of(database), write_ban(ban))
    await soon(lambda: all(edge.is_banned() for edge in edges))
    assert not any(edge.is_banned(OFFICE) for edge in edges)
