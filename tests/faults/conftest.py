"""What the tests of faults stand on: a cluster of their own, edges on it, phones, and the closing table.

FREITON_FAULTS=long (`make test-faults`) runs the long forms; without it each takes seconds.
"""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests import services
from tests.faults.calls import Callees
from tests.faults.cluster import Cluster
from tests.faults.report import KEY, Row, table
from tests.faults.wire import Peer
from tests.ports import GATEWAY, Ports, reserved_ports
from tests.scenarios.running import RunningEdge

IS_LONG = os.environ.get("FREITON_FAULTS") == "long"
PHONES = int(os.environ.get("BPH", "110000")) if IS_LONG else 4_000
NUMBERED = 40
StartEdge = Callable[..., RunningEdge]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs them all: they share a cluster, which they break."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("faults"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The closing table."""
    rows = []
    for outcome, shown in (("passed", "yes"), ("failed", "NO"), ("skipped", "-")):
        for report in terminalreporter.stats.get(outcome, []):
            found = [value for name, value in getattr(report, "user_properties", ()) if name == KEY]
            if found:
                rows.append((found[-1], shown))
    if rows and IS_LONG:
        terminalreporter.section("faults")
        for line in table(sorted(rows)):
            terminalreporter.write_line(line)


@pytest.fixture
def row(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Row:
    """The test's line in the table; its fault is what the test module's FAULT says."""
    return Row(request.module.FAULT, record_property)


@pytest.fixture(scope="session")
def standing_cluster() -> Iterator[Cluster]:
    """PostgreSQL for all tests of this folder."""
    folder = Path(os.environ[services.FOLDER_VARIABLE]) / "faults"  # what a killed run leaves there, the next one ends
    folder.mkdir()
    cluster = None
    try:
        cluster = Cluster(folder / "postgres", PHONES, NUMBERED)
        yield cluster
    finally:
        if cluster is not None:
            cluster.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(standing_cluster: Cluster) -> Cluster:
    """The same, up and without bindings and calls."""
    standing_cluster.clean()
    return standing_cluster


@pytest.fixture
def ports() -> Iterator[Ports]:
    """Ports for one edge."""
    with reserved_ports() as found:
        yield found


@pytest.fixture
def start_edge(cluster: Cluster, ports: Ports, tmp_path: Path) -> Iterator[StartEdge]:
    """Starts the edge, with variables and words before its command. At the end it must not have met a fault of its own.

    Phones and gateway here have one address each, so one source may send as much as it likes.
    """
    started: list[RunningEdge] = []

    def start(
        variables: Mapping[str, str] | None = None, prefix: Sequence[str] = (), dsn: str = "", folder: Path = tmp_path
    ) -> RunningEdge:
        given = {"SIP_RATE_LIMIT": "0", **(variables or {})}
        edge = RunningEdge(dsn or cluster.dsn, ports, folder, given, prefix)
        started.append(edge)
        return edge

    try:
        yield start
    finally:
        for edge in started:
            edge.program.end()
    for edge in started:
        edge.assert_well()


@pytest.fixture
def edge(start_edge: StartEdge) -> RunningEdge:
    """A running edge."""
    return start_edge()


@pytest_asyncio.fixture
async def phones(ports: Ports) -> AsyncIterator[Peer]:
    """The address of all phones, who answer calls."""
    peer = await Peer.open(("127.0.0.1", ports.sip))
    callees = Callees(peer)
    yield peer
    await callees.close()
    await peer.close()


@pytest_asyncio.fixture
async def gateway(ports: Ports) -> AsyncIterator[Peer]:
    """The gateway."""
    peer = await Peer.open(("127.0.0.1", ports.sip), GATEWAY)
    yield peer
    await peer.close()
