"""Our edge as the bench runs it: `python -m sipedge` with the product's defaults, on ports of its own."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from bench.database import Database
from bench.places import HOST, Ports, is_free
from bench.processes import BenchError, Program
from provider.run.address import Address
from provider.run.parts import edge_answers
from provider.run.postgres import NAME
from provider.run.processes import wait_until

START_SECONDS: Final = 30.0


class Edge:
    """A running edge on one of the bench's databases."""

    name = "edge"
    settle_seconds = 0.5
    writes_through = False

    def __init__(
        self,
        database: Database,
        ports: Ports,
        database_name: str = NAME,
        further: Mapping[str, str] | None = None,
    ) -> None:
        """further: variables beside those that every edge gets."""
        self.address = (HOST, ports.edge)
        self._metrics = ports.metrics
        variables = database.variables(database_name) | {
            "SIP_BIND": f"{HOST}:{ports.edge}",
            "METRICS_BIND": f"{HOST}:{ports.metrics}",
            "EDGE_NAME": "bench",
            **(further or {}),
        }
        self.program = Program("the edge", [sys.executable, "-m", "sipedge"], database.folder / "edge.log", variables)

    def wait_until_ready(self) -> None:
        """Returns when an OPTIONS gets 200. Raises BenchError."""
        place = Address(*self.address)
        wait_until(lambda: edge_answers(place) or not self.program.is_alive, START_SECONDS)
        if not self.program.is_alive or not edge_answers(place):
            raise BenchError(f"the edge does not start: {self.program.last_words()}")

    def listens(self) -> bool:
        """Whether its port is bound."""
        return not is_free(*self.address, socket.SOCK_DGRAM)

    def figures(self) -> dict[str, float]:
        """All its metrics, by name and labels."""
        with closing(http.client.HTTPConnection(HOST, self._metrics, timeout=5)) as connection:
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    def stop(self) -> None:
        """Ends it. Raises BenchError when our own code failed on something meanwhile."""
        self.program.stop()
        said = self.program.log.read_text(errors="replace")
        if "Traceback" in said:
            raise BenchError(f"the edge met a fault of its own, see {self.program.log}")
