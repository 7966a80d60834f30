"""PostgreSQL is frozen under load: it holds its connections and says nothing."""

import asyncio
import time

from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG
from tests.faults.load import Load
from tests.faults.phones import phones_at, until_registered
from tests.faults.probes import Pulse
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.scenarios.running import RunningEdge

FAULT = "PostgreSQL frozen"
FROZEN_SECONDS = 20.0 if IS_LONG else 3.0
WINDOWS = 4
MOST_WAITING = 200
DEADLINE_SECONDS = 2.0  # sipedge/store/settings.py
OPTIONS_SECONDS = 0.05
BACK_SECONDS = 5.0
CALLED, BUSY = 10, 100


async def test_a_frozen_postgresql_costs_registrations_the_deadline_and_nobody_else_anything(
    cluster: Cluster, edge: RunningEdge, phones: Peer, gateway: Peer, row: Row
) -> None:
    row.begin(
        f"SIGSTOP of all its processes for {FROZEN_SECONDS:g} s under REGISTER, unREGISTER and calls",
        f"OPTIONS p99 < {1000 * OPTIONS_SECONDS:g} ms, queues bounded, 503 at the deadline, nothing lost",
    )
    load = Load(cluster, phones, gateway, CALLED, BUSY)
    await load.start()
    await asyncio.sleep(0.5)
    pids = await asyncio.to_thread(cluster.freeze)
    try:
        late = asyncio.create_task(_refused_after(phones))
        pulse = await Pulse.taken(edge.address, FROZEN_SECONDS, WINDOWS)
        waiting, transactions = (int(edge.figure(f"freiton_edge_{of}")) for of in ("bindings_waiting", "transactions"))
        refused_after = await late
    finally:
        cluster.thaw(pids)
    back = await until_registered(phones_at(phones, range(300, 301))[0])
    findings = await load.stop()
    row.measured(
        f"OPTIONS p99 {1000 * pulse.p99:.0f} ms, {pulse.lost} lost; 503 after {refused_after:.2f} s; "
        f"{waiting} waiting, {transactions} transactions; back after {back:.2f} s; {findings}"
    )
    assert pulse.lost == 0
    assert pulse.p99 < OPTIONS_SECONDS
    assert refused_after <= DEADLINE_SECONDS + 0.5
    assert waiting <= MOST_WAITING
    assert findings.unavailable > 0
    assert findings.wrong == []
    assert back <= BACK_SECONDS


async def _refused_after(phones: Peer) -> float:
    """Seconds until a phone whose facts are not in memory is told 503."""
    asked = phones_at(phones, range(301, 311))
    began = time.monotonic()
    statuses = await asyncio.gather(*(phone.set(True) for phone in asked))
    assert set(statuses) == {503}
    return time.monotonic() - began
