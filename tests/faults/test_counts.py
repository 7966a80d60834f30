"""How many calls somebody has is known to all edges, whatever befalls one of them, or Redis."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from provider.run.valkey import EmbeddedValkey
from tests.faults.calls import Call
from tests.faults.cluster import Cluster
from tests.faults.conftest import StartEdge
from tests.faults.phones import phones_at
from tests.faults.report import Row
from tests.faults.stock import e164
from tests.faults.wire import Peer
from tests.ports import GATEWAY, reserved_ports
from tests.scenarios.running import RunningEdge
from tests.scenarios.waiting import eventually

LIMIT = """
    UPDATE accounts_customer SET max_calls = %s FROM subscribers_subscriber s, edge_number n
    WHERE accounts_customer.id = s.customer_id AND s.id = n.subscriber_id AND n.e164 = %s"""
FAULT = "an edge with standing calls killed, Redis frozen"
CALLS = 12
HUNG_UP = 5
EVERYWHERE = "freiton_edge_calls_open_at_all_edges"
OWN = "freiton_edge_calls_open"
LOST = "freiton_edge_calls_open_of_lost_edges"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server of the test's own."""
    server = EmbeddedValkey(tmp_path / "valkey")
    yield server
    if server.process is not None:
        server.process.send_signal(signal.SIGCONT)
    server.stop()


@pytest.fixture
def limited(cluster: Cluster) -> Iterator[Cluster]:
    """The customer of all phones may have as many calls as the tests make."""
    cluster.query(LIMIT, CALLS, e164(0))
    yield cluster
    cluster.query(LIMIT, None, e164(0))


@pytest.fixture
def pair(
    start_edge: StartEdge, cluster: Cluster, valkey: EmbeddedValkey, tmp_path: Path
) -> Iterator[tuple[RunningEdge, RunningEdge]]:
    """Two edges on one database and one Valkey."""
    url = {"REDIS_URL": valkey.start()}
    first = start_edge(url)
    with reserved_ports() as ports:
        (tmp_path / "second").mkdir()
        second = RunningEdge(cluster.dsn, ports, tmp_path / "second", {**url, "EDGE_NAME": "second"})
        try:
            yield first, second
        finally:
            second.program.end()
        second.assert_well()


async def test_calls_of_a_killed_edge_count_on(
    limited: Cluster, pair: tuple[RunningEdge, RunningEdge], phones: Peer, gateway: Peer, row: Row
) -> None:
    row.begin(
        f"{CALLS} calls stand, their edge is killed with -9 and comes back; then some are hung up",
        "both edges know how many calls there are, and refuse one more; the killed one at its first request",
    )
    first, second = pair
    calls = await _standing(phones, gateway)
    await _counted(pair, CALLS)
    await _until(lambda: _answered(limited) == CALLS, "rows are written")

    await asyncio.to_thread(first.kill)
    await _until(lambda: second.figure(LOST) == CALLS, "the other counts them by their rows")
    assert second.figure(EVERYWHERE) == CALLS
    await asyncio.to_thread(first.start)
    assert (first.figure(OWN), first.figure(EVERYWHERE)) == (CALLS, CALLS)
    await _until(lambda: second.figure(LOST) == 0, "the other believes it again")
    assert await _dialled(pair) == [486, 486]
    assert [await call.hang_up() for call in calls[:HUNG_UP]] == [200] * HUNG_UP
    await _counted(pair, CALLS - HUNG_UP)
    assert await _dialled(pair[:1]) == [200]  # the phones answer the edge that they registered with
    row.measured(f"{CALLS}, right at both edges at each step; the killed edge counted all of them at its first answer")


async def test_while_redis_is_frozen_edges_count_each_other_by_rows(
    pair: tuple[RunningEdge, RunningEdge], valkey: EmbeddedValkey, phones: Peer, gateway: Peer, row: Row
) -> None:
    row.begin(
        f"{CALLS} calls stand, Valkey is frozen, some are hung up, it comes back", "both edges know how many there are"
    )
    first, second = pair
    calls = await _standing(phones, gateway)
    await _counted(pair, CALLS)

    valkey.running().send_signal(signal.SIGSTOP)
    await _until(lambda: second.figure("freiton_edge_redis_up") == 0, "it is noticed")
    assert [await call.hang_up() for call in calls[:HUNG_UP]] == [200] * HUNG_UP
    assert (first.figure(OWN), first.figure(EVERYWHERE)) == (CALLS - HUNG_UP, CALLS - HUNG_UP)
    await _until(lambda: second.figure(EVERYWHERE) == CALLS - HUNG_UP, "the other finds it in the rows")
    valkey.running().send_signal(signal.SIGCONT)
    await _until(lambda: second.figure("freiton_edge_redis_up") == 1, "Redis is back")
    assert [await call.hang_up() for call in calls[HUNG_UP:]] == [200] * (CALLS - HUNG_UP)
    await _counted(pair, 0)
    row.measured("at once at their own edge, within 15 s at the other; then at both at once")


async def _dialled(edges: Sequence[RunningEdge]) -> list[int]:
    """What one more call of the same customer gets at each edge."""
    statuses = []
    for edge in edges:
        peer = await Peer.open(edge.address, GATEWAY)
        call = await Call.dial(peer, CALLS)
        statuses.append(call.status)
        if call.status == 200:
            await call.hang_up()
        await peer.close()
    return statuses


async def _standing(phones: Peer, gateway: Peer) -> list[Call]:
    assert [await phone.set(True) for phone in phones_at(phones, range(CALLS + 1))] == [200] * (CALLS + 1)
    return [await Call.dial(gateway, number) for number in range(CALLS)]


async def _counted(edges: tuple[RunningEdge, RunningEdge], number: int) -> None:
    await _until(lambda: [edge.figure(EVERYWHERE) for edge in edges] == [number, number], f"both count {number}")


async def _until(condition: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(eventually, condition, what, 25)


def _answered(cluster: Cluster) -> int:
    return len([record for record in cluster.calls().values() if record.state == "answered"])
