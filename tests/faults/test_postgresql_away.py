"""PostgreSQL is stopped, cut off and killed under load, and started again."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from tests.faults.calls import Call
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG
from tests.faults.load import Load
from tests.faults.phones import Phone, phones_at, until_registered
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
    load = Load(cluster, phones, gateway, CALLED, BUSY)
    await load.start()
    statuses: Counter[int] = Counter()
    backs = []
    away, back = HOW[how]
    for _ in range(TIMES):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(away, cluster)
        strangers = [*phones_at(phones, STRANGERS), *_strange(load.called)]
        statuses += await _while_away(strangers, None if how == "demoted" else gateway)
        await asyncio.to_thread(back, cluster)
        backs.append(await until_registered(phones_at(phones, STRANGERS)[0]))
    findings = await load.stop()
    row.measured(f"{dict(statuses)} while away; back after {max(backs):.2f} s; {findings}")
    assert set(statuses) == {503}
    assert findings.unavailable > 0
    assert findings.wrong == []
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
