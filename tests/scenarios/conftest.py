"""What scenarios run against.

`edge` is one edge on this worker's test database, started for each test, so that it may be killed. `platform`
(tests/conftest.py) is the whole of it, started once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ports import GATEWAY, Ports, reserved_ports
from tests.scenarios.running import Platform, RunningEdge
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.sipp import Sipp, sipp_against

if TYPE_CHECKING:
    from tests.scenarios.provisioning import Exchange


@pytest.fixture
def ports() -> Iterator[Ports]:
    """Ports for one edge."""
    with reserved_ports() as found:
        yield found


@pytest.fixture
def exchange(edge_dsn: str, ports: Ports) -> "Exchange":
    """A domain and a gateway, in the database before the edge starts."""
    from tests.scenarios.provisioning import make_exchange

    return make_exchange(ports.sip)


@pytest.fixture
def edge(edge_dsn: str, exchange: "Exchange", ports: Ports, tmp_path: Path) -> Iterator[RunningEdge]:
    """A running edge. At the end it must not have met a fault of its own."""
    running = RunningEdge(edge_dsn, ports, tmp_path)
    try:
        yield running
    finally:
        running.program.end()
    running.assert_well()


@pytest.fixture
def phone(edge: RunningEdge) -> Iterator[Endpoint]:
    """A phone of the tests, by UDP."""
    with Endpoint(edge.address) as endpoint:
        yield endpoint


@pytest.fixture
def gateway(edge: RunningEdge) -> Iterator[Endpoint]:
    """The gateway, at the address and port where the edge looks for it."""
    with Endpoint(edge.address, GATEWAY, edge.address[1]) as endpoint:
        yield endpoint


@pytest.fixture
def alice(platform: Platform) -> Iterator[Account]:
    """Alice of the demo data; none of her phones stays registered after the test."""
    account = Account("alice", platform.demo["subscribers"][0]["password"])
    yield account
    with Endpoint(platform.edge) as endpoint:
        endpoint.unregister_all(account)


@pytest.fixture
def sipp(platform: Platform, tmp_path: Path) -> Iterator[Sipp]:
    """SIPp against the platform's edge."""
    with sipp_against(platform.edge, tmp_path) as driver:
        yield driver
