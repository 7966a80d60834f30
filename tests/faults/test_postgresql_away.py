"""PostgreSQL is stopped, cut off and killed under load, and started again."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from tests.faults.calls import Call, Traffic, misrecorded
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG
from tests.faults.phones import Phone, Registrations, phones_at, until_registered
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.scenarios.running import RunningEdge

FAULT = "PostgreSQL stopped, crashed, restarted"
AWAY_SECONDS = 10.0 if IS_LONG else 1.5
TIMES = 5 if IS_LONG else 1
BACK_SECONDS = 5.0
CALLED, BUSY = 15, 80
STRANGERS = range(200, 230)
HOW: dict[str, tuple[Callable[[Cluster], None], Callable[[Cluster], None]]] = {
    "stopped": (lambda cluster: cluster.stop(signal.SIGINT), Cluster.start),  # a fast shutdown
    "crashed": (lambda cluster: cluster.stop(signal.SIGQUIT), Cluster.start),  # an immediate one: recovery follows
    "killed": (lambda cluster: cluster.stop(signal.SIGKILL), Cluster.start),
    # As after a failover to another machine: what answers here is a standby now, and is made the primary again.
    "demoted": (lambda cluster: cluster.read_only(True), lambda cluster: cluster.read_only(False)),
}
TRIED = list(HOW) if IS_LONG else ["killed"]


@pytest.mark.parametrize("how", TRIED)
async def test_without_postgresql_nothing_is_made_up_and_calls_go_on(
    how: str, cluster: Cluster, edge: RunningEdge, phones: Peer, gateway: Peer, row: Row
) -> None:
    row.begin(
        f"{how} {TIMES} times for {AWAY_SECONDS:g} s under REGISTER, unREGISTER and calls, and started again",
        f"REGISTER 503 with Retry-After, calls to known bindings go on, back within {BACK_SECONDS:g} s, nothing lost",
    )
    called = phones_at(phones, range(CALLED))
    assert [await phone.set(True) for phone in called] == [200] * CALLED
    load = Registrations(phones_at(phones, range(CALLED, CALLED + BUSY)), 0.4, seed=1)
    traffic = Traffic(gateway, range(CALLED), hold=0.4, pause=0.1)
    load.start()
    traffic.start()
    await asyncio.sleep(0.5)
    statuses: Counter[int] = Counter()
    backs = []
    for _ in range(TIMES):
        away, back = HOW[how]
        await asyncio.to_thread(away, cluster)
        statuses += await _while_away(
            [*phones_at(phones, STRANGERS), *_strange(called)], None if how == "demoted" else gateway
        )
        await asyncio.to_thread(back, cluster)
        backs.append(await until_registered(phones_at(phones, STRANGERS)[0]))
    await asyncio.gather(load.stop(), traffic.stop())
    wrong = load.against(await asyncio.to_thread(cluster.bindings))
    misread = await misrecorded(traffic.answered(), cluster)
    row.measured(
        f"{dict(statuses)} while away; back after {max(backs):.2f} s; {load.acknowledged} acknowledged, "
        f"{len(wrong)} wrong; {len(traffic.calls)} calls, {len(traffic.failed())} failed"
    )
    assert misread == []
    assert set(statuses) == {503}
    assert load.unavailable > 0
    assert not load.offences, load.offences[:10]
    assert not wrong, wrong[:10]
    assert not traffic.failed(), traffic.failed()[:10]
    assert max(backs) <= BACK_SECONDS


def _strange(known: Sequence[Phone]) -> list[Phone]:
    """The same phones, as they are when they have just been switched on: without a nonce."""
    return [Phone(phone.peer, phone.name) for phone in known]


async def _while_away(phones: Sequence[Phone], gateway: Peer | None) -> Counter[int]:
    """What those are told who come now: first REGISTERs without credentials, and calls to numbers not in memory.

    gateway: None where there is somebody who knows them, a standby.
    """
    found: Counter[int] = Counter()
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        found.update(await asyncio.gather(*(phone.set(True) for phone in phones)))
        if gateway is not None:
            found[(await Call.dial(gateway, CALLED + 1)).status] += 1
        assert not [offence for phone in phones for offence in phone.offences]
        await asyncio.sleep(0.1)
    return found
