"""The disk is full: first the one that tables grow on, then the one that everything is on, the write-ahead log too."""

import asyncio
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest

from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG, StartEdge
from tests.faults.load import Load
from tests.faults.phones import Phone, phones_at, until_registered
from tests.faults.probes import Pulse
from tests.faults.report import Row
from tests.faults.wire import Peer

FAULT = "disk full"
CALLED, BUSY = 10, 60
CROWD = range(500, 2_500)
AT_ONCE = 100
FULL_SECONDS = 10.0 if IS_LONG else 2.0
BACK_SECONDS = 5.0
CHECK = (
    "SELECT count(bt_index_check(i.indexrelid, true)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' AND i.indrelid IN"
    " (SELECT 'subscribers_binding'::regclass UNION SELECT relid FROM pg_partition_tree('calls_call') WHERE isleaf)"
)


class Disk:
    """A small file system in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leaves no byte free."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
            while True:
                for size in (1 << 20, 4096, 1):
                    with suppress(OSError):
                        while True:
                            ballast.write(b"\0" * size)
                return

    def free(self) -> None:
        """Gives the room back."""
        (self.folder / "ballast").unlink()


@contextmanager
def _disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Skips the test where nobody may mount: a quota would need rights, too."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if result is None or result.returncode:
        pytest.skip(f"left out: only root can mount a small disk ({result.stderr.strip() if result else 'not root'})")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def table_disk(cluster: Cluster, tmp_path: Path) -> Iterator[Disk]:
    """The disk of the tables that the edge writes."""
    tables = ("subscribers_binding", "calls_call")
    with _disk(tmp_path / "disk", 8) as disk:
        place = disk.folder / "tables"
        place.mkdir()
        cluster.give(place)
        cluster.query(f"CREATE TABLESPACE small LOCATION '{place}'")
        for table in tables:
            _move(cluster, table, "small")
        yield disk
        with suppress(FileNotFoundError):
            disk.free()
        cluster.clean()
        for table in tables:
            _move(cluster, table, "pg_default")
        cluster.query("DROP TABLESPACE small")


def _move(cluster: Cluster, table: str, place: str) -> None:
    """A table, or all its partitions."""
    for (name,) in cluster.query("SELECT relid::regclass::text FROM pg_partition_tree(%s)", table) or [(table,)]:
        cluster.query(f"ALTER TABLE {name} SET TABLESPACE {place}")


@pytest.fixture
def whole_disk(tmp_path: Path) -> Iterator[tuple[Disk, Cluster]]:
    """A cluster that stands on a small disk as a whole."""
    with _disk(tmp_path / "disk", 320) as disk:
        cluster = Cluster(disk.folder / "postgres", CROWD.stop, 40)
        try:
            yield disk, cluster
        finally:
            cluster.end()


async def test_tables_that_cannot_grow(
    cluster: Cluster, table_disk: Disk, start_edge: StartEdge, phones: Peer, gateway: Peer, row: Row
) -> None:
    row.begin(
        f"disk of the tables, and of the edge's log, full for {FULL_SECONDS:g} s; {len(CROWD)} new phones and calls",
        "503 with Retry-After, no crash, nothing corrupt, calls go on, well again with room",
    )
    start_edge(folder=table_disk.folder)
    await _fill_and_free(table_disk, cluster, phones, gateway, row)


@pytest.mark.skipif(not IS_LONG, reason="make test-faults runs it: a cluster of its own")
async def test_a_write_ahead_log_that_cannot_grow(
    whole_disk: tuple[Disk, Cluster], start_edge: StartEdge, phones: Peer, gateway: Peer, row: Row
) -> None:
    disk, cluster = whole_disk
    row.begin(
        f"disk of PostgreSQL, its write-ahead log too, full for {FULL_SECONDS:g} s; {len(CROWD)} new phones and calls",
        "503 with Retry-After, the edge does not crash, nothing corrupt, calls go on, well again with room",
    )
    start_edge(dsn=cluster.dsn)
    await _fill_and_free(disk, cluster, phones, gateway, row, _switch_log)


def _switch_log(cluster: Cluster) -> None:
    """PostgreSQL wants a new segment of its log, has no room for it, and panics."""
    for _ in range(3):
        with suppress(psycopg2.Error):
            cluster.query("SELECT pg_switch_wal()")
            cluster.query("CREATE TABLE filling AS SELECT generate_series(1, 100000)")


async def _fill_and_free(
    disk: Disk,
    cluster: Cluster,
    phones: Peer,
    gateway: Peer,
    row: Row,
    strain: Callable[[Cluster], None] = lambda _cluster: None,
) -> None:
    load, crowd = Load(cluster, phones, gateway, CALLED, BUSY), phones_at(phones, CROWD)
    await load.start()
    await asyncio.to_thread(disk.fill)
    await asyncio.to_thread(strain, cluster)
    pulse, told = await asyncio.gather(Pulse.taken(gateway.target, FULL_SECONDS, 4), _register(crowd))
    await asyncio.to_thread(disk.free)
    has_ended = not cluster.is_running
    await asyncio.to_thread(cluster.start)  # as whoever supervises it does, where the disk has ended it
    back = await until_registered(phones_at(phones, range(100, 101))[0])
    told_then = await _register([phone for phone in crowd if phone.may_be != {True}])
    findings = await load.stop(crowd)
    await asyncio.to_thread(cluster.query, "CREATE EXTENSION IF NOT EXISTS amcheck")
    ((checked,),) = await asyncio.to_thread(cluster.query, CHECK)
    row.measured(
        f"new phones told {dict(told)}, then {dict(told_then)}; {'PostgreSQL had ended; ' if has_ended else ''}back "
        f"after {back:.2f} s; OPTIONS p99 {1000 * pulse.p99:.0f} ms; {checked} indexes sound; {findings}"
    )
    assert told[503] > 0
    assert set(told) <= {200, 503}
    assert set(told_then) == {200}
    assert (findings.wrong, pulse.lost) == ([], 0)
    assert back <= BACK_SECONDS


async def _register(crowd: Sequence[Phone]) -> Counter[int]:
    told: Counter[int] = Counter()
    for start in range(0, len(crowd), AT_ONCE):
        told.update(await asyncio.gather(*(phone.set(True) for phone in crowd[start : start + AT_ONCE])))
    return told
