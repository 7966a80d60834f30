"""The edge is killed with -9 under load, again and again: what was acknowledged is there, and is served."""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence

from tests.faults.calls import Call, Traffic, misrecorded
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG, StartEdge
from tests.faults.phones import Phone, Registrations, phones_at
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.scenarios.running import RunningEdge

FAULT = "edge killed with -9"
KILLS = 50 if IS_LONG else 3
OTHERS = 100_000 if IS_LONG else 3_000
START_SECONDS = 3.0
BUSY, CALLED, STANDING = 150, 20, 5
LINGER = 0.4  # seconds: a call's state is written some 0.2 s after it changed (sipedge/store/settings.py)
HEARD = 0.1  # seconds after a kill in which we may still hear what the edge said before


async def test_every_acknowledged_binding_outlives_a_kill(
    cluster: Cluster, start_edge: StartEdge, phones: Peer, gateway: Peer, row: Row
) -> None:
    seed = random.randrange(10_000)
    row.begin(
        f"{KILLS} kills at random moments (seed {seed}) under REGISTER, unREGISTER and calls, {OTHERS} bindings stored",
        f"nothing acknowledged is lost, nothing removed is back; first answer within {START_SECONDS:g} s",
    )
    cluster.register_all(OTHERS, "scenario")
    edge = start_edge()
    load = Registrations(phones_at(phones, range(CALLED, CALLED + BUSY)), 0.4, seed)
    called = phones_at(phones, range(CALLED))
    assert [await phone.set(True) for phone in called] == [200] * CALLED
    traffic = Traffic(gateway, range(CALLED), hold=0.3, pause=0.3, patience=3.0)  # what rang is lost with its edge
    standing = [await Call.dial(gateway, number) for number in range(STANDING)]
    dice, kills, starts, wrong = random.Random(seed), [], [], []
    traffic.start()
    for _ in range(KILLS):
        load.start()
        await asyncio.sleep(dice.uniform(0.3, 1.5))
        kills.append(await _killed(edge))
        starts.append(await _started(edge))
        await load.abandon()
        wrong += load.against(await asyncio.to_thread(cluster.bindings))
    await traffic.stop()
    assert [await call.hang_up() for call in standing] == [200] * STANDING
    answered = [*standing, *traffic.answered()]
    old = [call for call in answered if not any(_changed_before(call, kill) for kill in kills)]
    wrong += [*await _unserved(load.phones), *await misrecorded(old, cluster)]
    row.measured(
        f"{load.acknowledged} acknowledged, {len(wrong)} wrong; first answer {min(starts):.2f} to {max(starts):.2f} s; "
        f"{len(answered)} of {len(traffic.calls) + STANDING} calls stood, {sum(call.bye == 200 for call in answered)} "
        f"hung up, {len(answered) - len(old)} changed in the {LINGER:g} s before a kill"
    )
    assert not wrong, wrong[:10]
    assert not load.offences, load.offences[:10]
    usual = statistics.median(starts) if IS_LONG else min(starts)  # this machine may have other work now and then
    assert usual <= START_SECONDS
    assert all(call.bye == 200 for call in answered), traffic.failed()
    assert load.acknowledged > 10 * KILLS


def _changed_before(call: Call, kill: tuple[float, float]) -> bool:
    """Whether a call was answered, or ended, so shortly before that its record may not tell of it."""
    began, over = kill
    changes = (call.answered_at, call.answered_at + call.lasted)
    return any(began - LINGER < changed < over + HEARD for changed in changes)


async def _unserved(phones: Sequence[Phone]) -> list[str]:
    """Phones of which the edge says something else than what it acknowledged."""
    served = await asyncio.gather(*(phone.is_served() for phone in phones))
    said = zip(phones, served, strict=True)
    return [f"{phone.name}: served {is_served}" for phone, is_served in said if is_served not in phone.may_be]


async def _killed(edge: RunningEdge) -> tuple[float, float]:
    """Between which times it was killed."""
    began = time.monotonic()
    await asyncio.to_thread(edge.kill)
    return began, time.monotonic()


async def _started(edge: RunningEdge) -> float:
    """Seconds from its start to its first answer."""
    began = time.monotonic()
    await asyncio.to_thread(edge.start)
    return time.monotonic() - began
