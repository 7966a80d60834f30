"""SIGTERM under load: whoever asked before gets an answer, what was acknowledged is there, and it ends in time."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence

from tests.faults.calls import Call
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG, StartEdge
from tests.faults.load import Load
from tests.faults.phones import Phone, Registrations, phones_at
from tests.faults.probes import options
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.scenarios.running import RunningEdge

FAULT = "SIGTERM"
TIMES = 10 if IS_LONG else 1
CALLED, BUSY = 10, 100
BURST = 300
WAITING = 1_000
MOST_SECONDS = 10.0


async def test_a_stop_loses_no_transaction(
    cluster: Cluster, start_edge: StartEdge, phones: Peer, gateway: Peer, row: Row
) -> None:
    row.begin(
        f"{TIMES} times under REGISTER, unREGISTER and calls, each right behind {BURST} REGISTERs at once",
        f"each that came before is answered, what is acknowledged is there, ended within {MOST_SECONDS:g} s",
    )
    edge, crowd = start_edge(), phones_at(phones, range(300, 300 + BURST))
    load = Load(cluster, phones, gateway, CALLED, BUSY)
    await load.start()
    standing = [await Call.dial(gateway, number) for number in range(CALLED)]
    statuses: Counter[int] = Counter()
    lasted, wrong = [], []
    for _ in range(TIMES):
        await asyncio.sleep(0.5)
        told, seconds = await _stopped(edge, crowd)
        statuses += told
        lasted.append(seconds)
        wrong += Registrations(crowd, 0.0, 0).against(await asyncio.to_thread(cluster.bindings))
        await asyncio.to_thread(edge.start)
    assert [await call.hang_up() for call in standing] == [200] * CALLED
    findings = await load.stop(crowd, standing)
    wrong += [one for one in findings.wrong if "INVITE 503, BYE -1" not in one]  # those that rang
    row.measured(
        f"answers {dict(statuses)}; {findings.acknowledged} acknowledged besides, {findings.calls} calls, "
        f"{len(wrong)} wrong; ended within {max(lasted):.2f} s"
    )
    assert statuses[0] == 0, "requests that came before the SIGTERM were not answered"
    assert set(statuses) <= {200, 503}
    assert wrong == []
    assert max(lasted) <= MOST_SECONDS


async def _stopped(edge: RunningEdge, crowd: Sequence[Phone]) -> tuple[Counter[int], float]:
    """The crowd's REGISTERs reach the edge's socket, then the signal does. Their statuses, and how long it took."""
    assert set(await asyncio.gather(*(phone.set(False) for phone in crowd))) == {200}  # each has a good nonce then
    asked = [asyncio.create_task(phone.set(True, 5.0)) for phone in crowd]
    await asyncio.sleep(0)  # all of them have sent
    began = time.monotonic()
    edge.program.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(edge.program.end) == 0
    seconds = time.monotonic() - began
    return Counter(await asyncio.gather(*asked)), seconds


async def test_a_stop_of_an_idle_edge_answers_what_waits_in_its_socket(
    start_edge: StartEdge, phones: Peer, row: Row
) -> None:
    row.begin(
        f"{WAITING} OPTIONS wait in the socket when the signal comes to an idle edge, {TIMES} times",
        "each gets its answer",
    )
    edge, statuses = start_edge(), Counter[int]()
    for _ in range(TIMES):
        edge.program.process.send_signal(signal.SIGSTOP)
        asked = [asyncio.create_task(phones.transact(options(phones), 5.0)) for _ in range(WAITING)]
        await asyncio.sleep(0)
        edge.program.process.send_signal(signal.SIGTERM)
        edge.program.process.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(edge.program.end) == 0
        statuses.update(answer.status if answer else 0 for answer in await asyncio.gather(*asked))
        await asyncio.to_thread(edge.start)
    row.measured(f"answers {dict(statuses)}")
    assert set(statuses) <= {200, 503}
