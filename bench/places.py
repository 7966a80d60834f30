"""Where everything listens: addresses on loopback, and ports that nobody has."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass
from itertools import product
from typing import Final

from bench.processes import BenchError

HOST: Final = "127.0.0.1"
GATEWAY: Final = "127.0.0.2"
_FIRST, _LAST, _STEP = 20_000, 30_000, 50  # below what the kernel gives out by itself; the edge takes `edge` to + 21


@dataclass(frozen=True, slots=True)
class Ports:
    """One port for each program: edge and metrics, Kamailio, phones (SIPp and our own driver), the gateway."""

    edge: int
    metrics: int
    kamailio: int
    phones: int
    gateway: int


def find_ports() -> Ports:
    """Ports that are free now. Raises BenchError."""
    for first in random.sample(range(_FIRST, _LAST, _STEP), k=100):
        ports = Ports(first, first + 30, first + 32, first + 40, first + 45)
        wanted = product((HOST, GATEWAY), range(first, first + _STEP), (socket.SOCK_DGRAM, socket.SOCK_STREAM))
        if all(is_free(*place) for place in wanted):
            return ports
    raise BenchError("no free ports were found on 127.0.0.1 and 127.0.0.2")


def is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    """Whether nobody has the port."""
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
