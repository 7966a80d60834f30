"""The machine's clock is set under load, forward and back: for the edge, for PostgreSQL and for the panel's sweep.

libfaketime moves the wall clock of these processes and leaves their monotonic one alone, as settimeofday does.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from provider.run.environment import ROOT
from tests.faults.calls import Call
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG, StartEdge
from tests.faults.load import Load
from tests.faults.phones import EXPIRES
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.tools import require

FAULT = "wall clock jumps"
HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400
SET_TO: Final = (HOUR, 0, -DAY, YEAR) if IS_LONG else (HOUR, -DAY)  # off the true time, one after the other
CALLED, BUSY, STANDING = 15, 60, 5
SWEEP = "import django; django.setup(); from subscribers.tasks import sweep_expired_bindings as s; print(s())"


class Clock:
    """The wall clock of those who are started with its variables."""

    def __init__(self, file: Path) -> None:
        program = Path(require("faketime"))
        library = next(program.parents[1].glob("lib/*/faketime/libfaketime.so.1"), None)
        library = library or next(program.parents[1].glob("lib/faketime/libfaketime.so.1"))
        self._file = file
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set(0)

    def set(self, seconds: int) -> None:
        """Sets it so far off the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """Right, to begin with."""
    return Clock(tmp_path / "clock")


@pytest.fixture
def moved_cluster(cluster: Cluster, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """PostgreSQL by the same clock."""
    cluster.stop()
    with monkeypatch.context() as variables:
        for name, value in clock.variables.items():
            variables.setenv(name, value)
        cluster.start()
    yield cluster
    clock.set(0)
    cluster.stop()


async def test_no_clock_unregisters_anybody(
    moved_cluster: Cluster, start_edge: StartEdge, clock: Clock, phones: Peer, gateway: Peer, redis_url: str, row: Row
) -> None:
    row.begin(
        f"clock of edge, PostgreSQL and sweep set to {', '.join(f'{one:+,} s' for one in SET_TO)}, under load",
        "no mass expiry, no immortal binding, no wrong duration, nothing worse than stale=true",
    )
    cluster = moved_cluster
    start_edge(clock.variables)
    load = Load(cluster, phones, gateway, CALLED, BUSY)
    await load.start()
    standing = [await Call.dial(gateway, number) for number in range(STANDING)]
    unserved, longest, removed = [], 0.0, await asyncio.to_thread(_swept, cluster, clock, redis_url)
    for seconds in SET_TO:
        await asyncio.sleep(0.5)
        clock.set(seconds)
        unserved += [phone.name for phone in load.called if not await phone.is_served()]
        removed += await asyncio.to_thread(_swept, cluster, clock, redis_url)
        unserved += [phone.name for phone in load.called if not await phone.is_served()]
        longest = max(longest, *(await asyncio.to_thread(cluster.bindings)).values())
    assert [await call.hang_up() for call in standing] == [200] * STANDING
    findings = await load.stop(calls=standing)
    recorded = cluster.calls()
    off = max(abs((recorded[call.call_id].duration or 0.0) - call.lasted) for call in standing)
    row.measured(
        f"{len(unserved)} unserved, {removed} swept, longest {longest:.0f} s; calls of {standing[0].lasted:.1f} s "
        f"recorded to {off:.1f} s; {findings}"
    )
    assert (unserved, removed, findings.wrong) == ([], 0, [])
    assert longest <= 2 * EXPIRES + 120  # the sweep has cut what the clock that went back had saved


def _swept(cluster: Cluster, clock: Clock, redis_url: str) -> int:
    """What the panel's sweep removes."""
    variables = os.environ | clock.variables | {"DATABASE_URL": cluster.dsn, "REDIS_URL": redis_url}
    command = [sys.executable, "-c", SWEEP]
    result = subprocess.run(command, cwd=ROOT, env=variables, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return int(result.stdout)
