"""Redis is stopped, frozen and emptied: the edge counts alone, as strictly as before, and tells it all afterwards."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import redis

from provider.run.valkey import EmbeddedValkey, binary
from sipedge.guards.bans import BANS_KEY
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG, StartEdge
from tests.faults.phones import Phone, Registrations, phones_at
from tests.faults.probes import Pulse
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.ports import Ports
from tests.scenarios.running import RunningEdge
from tests.scenarios.waiting import eventually

FAULT = "Redis stopped, frozen, flushed"
ATTACKER, SPRAYER = "127.0.0.66", "127.0.0.67"
VICTIM = range(400, 401)
SPRAYED = range(401, 431)
OPTIONS_SECONDS = 0.05
GUESSES = 4  # each 3 or 4 wrong answers: beyond the budget of 10 for one source at one account


class Valkey(EmbeddedValkey):
    """One that can come back as it was, with the same password."""

    def restart(self) -> None:
        """Starts it again, without waiting."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [binary(), self.folder / "valkey.conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of the test's own."""
    server = Valkey(tmp_path / "valkey")
    yield server
    if server.process is not None:
        server.process.send_signal(signal.SIGCONT)
    server.stop()


@pytest_asyncio.fixture
async def strangers(ports: Ports) -> AsyncIterator[dict[str, Peer]]:
    """Who guesses."""
    peers = {host: await Peer.open(("127.0.0.1", ports.sip), host) for host in (ATTACKER, SPRAYER)}
    yield peers
    for peer in peers.values():
        await peer.close()


def _stop(server: Valkey, _client: "redis.Redis") -> None:
    server.stop()


def _freeze(server: Valkey, _client: "redis.Redis") -> None:
    server.running().send_signal(signal.SIGSTOP)


def _flush(_server: Valkey, client: "redis.Redis") -> None:
    client.flushall()


HOW: dict[str, Callable[[Valkey, "redis.Redis"], None]] = {
    "stopped": _stop,
    "frozen": _freeze,
    "flushed": _flush,
}

TRIED = list(HOW) if IS_LONG else ["frozen"]


@pytest.mark.parametrize("how", TRIED)
async def test_without_redis_limits_are_neither_open_nor_shut(
    how: str,
    cluster: Cluster,
    start_edge: StartEdge,
    valkey: Valkey,
    phones: Peer,
    strangers: dict[str, Peer],
    row: Row,
) -> None:
    row.begin(
        f"Valkey {how} under REGISTER and unREGISTER, then passwords guessed and sprayed",
        "guesser blocked and sprayer banned by what this edge knows, owners register, nothing lost, told afterwards",
    )
    url = valkey.start()
    with redis.Redis.from_url(url) as client:
        edge = start_edge({"REDIS_URL": url})
        load = Registrations(phones_at(phones, range(60)), 0.4, seed=1)
        load.start()
        await asyncio.to_thread(eventually, lambda: edge.figure("freiton_edge_redis_up") == 1, "Redis is up")
        await asyncio.to_thread(HOW[how], valkey, client)
        pulse, blocked, banned = await asyncio.gather(
            Pulse.taken(edge.address, 3.0, 3), _guessed(strangers[ATTACKER], phones), _sprayed(strangers[SPRAYER])
        )
        was_up = edge.figure("freiton_edge_redis_up")
        await _back(how, edge, valkey, client)
        await asyncio.to_thread(eventually, lambda: client.hexists(BANS_KEY, SPRAYER), "the ban is told to Redis", 10)
    await load.stop()
    wrong = load.against(await asyncio.to_thread(cluster.bindings))
    row.measured(
        f"guesser {blocked[0]}, owner {blocked[1]}, sprayer {'banned' if banned else 'heard'}; "
        f"OPTIONS p99 {1000 * pulse.p99:.0f} ms; "
        f"{load.acknowledged} acknowledged, {len(wrong)} wrong, {len(load.offences)} refused"
    )
    assert blocked == (401, 200)
    assert banned
    assert was_up == (how == "flushed")
    assert (pulse.lost, wrong, load.offences) == (0, [], [])
    assert pulse.p99 < OPTIONS_SECONDS


async def _guessed(attacker: Peer, elsewhere: Peer) -> tuple[int, int]:
    """What the right password is worth then: from where it was guessed, and from its owner's place."""
    (guesser,) = phones_at(attacker, VICTIM)
    guesser.password = "a guess"
    for _ in range(GUESSES):
        await guesser.set(True)
    (lucky,), (owner,) = phones_at(attacker, VICTIM), phones_at(elsewhere, VICTIM)
    return await lucky.set(True), await owner.set(True)


async def _sprayed(attacker: Peer) -> bool:
    """Whether a source that tried wrong passwords at many accounts is heard no more."""
    for guesser in phones_at(attacker, SPRAYED):
        guesser.password = "a guess"
        if 0 in (await guesser.set(True, 0.45), await guesser.set(True, 0.45)):
            break
    silent = Phone(attacker, "phone0")
    return await silent.set(True, 0.45) == 0


async def _back(how: str, edge: RunningEdge, valkey: Valkey, client: "redis.Redis") -> None:
    if how == "frozen":
        valkey.running().send_signal(signal.SIGCONT)
    elif how == "stopped":
        valkey.restart()
    else:
        await asyncio.to_thread(client.flushall)
    await asyncio.to_thread(eventually, lambda: edge.figure("freiton_edge_redis_up") == 1, "Redis is back", 10)
