"""Ports for one running instance, which no other instance of these tests takes meanwhile.

The gateway receives calls at SIP_BIND's port on 127.0.0.2, so a port must be free on several addresses; sipsak wants
four digits. Such ports are below what the kernel gives out by itself, so a socket bound to a third loopback address
is enough to keep other runs of these tests away.
"""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

EDGE: Final = "127.0.0.1"
GATEWAY: Final = "127.0.0.2"
_MARK: Final = "127.0.0.9"
_FIRST, _LAST = 5100, 9900
_STEP: Final = 30  # TLS, WebSocket and secure WebSocket listen at `sip` + 1, 20 and 21
_HTTP_OFFSET, _METRICS_OFFSET = 10_000, 15_000


@dataclass(frozen=True, slots=True)
class Ports:
    """What one instance listens on; the gateway has `sip` too, on an address of its own."""

    sip: int
    http: int
    metrics: int


@contextmanager
def reserved_ports() -> Iterator[Ports]:
    """Ports that are free now, and are nobody else's while the context lasts."""
    for sip in random.sample(range(_FIRST, _LAST, _STEP), k=150):
        ports = Ports(sip, sip + _HTTP_OFFSET, sip + _METRICS_OFFSET)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
            if _binds(mark, _MARK, sip) and _all_free(ports):
                yield ports
                return
    raise AssertionError("no free ports were found for a running instance")


def free_port(host: str) -> int:
    """A port that nobody has just now, by UDP or TCP, for a client that must be told which to use."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
            port: int = probe.getsockname()[1]
            if _is_free(host, port, socket.SOCK_STREAM):
                return port


def _all_free(ports: Ports) -> bool:
    wanted = [
        (EDGE, ports.sip, socket.SOCK_DGRAM), (EDGE, ports.sip, socket.SOCK_STREAM),
        (GATEWAY, ports.sip, socket.SOCK_DGRAM), (GATEWAY, ports.sip, socket.SOCK_STREAM),
        *((EDGE, ports.sip + offset, socket.SOCK_STREAM) for offset in (1, 20, 21)),
        (EDGE, ports.http, socket.SOCK_STREAM), (EDGE, ports.metrics, socket.SOCK_STREAM),
    ]  # fmt: skip
    return all(_is_free(*address) for address in wanted)


def _is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, host, port)


def _binds(probe: socket.socket, host: str, port: int) -> bool:
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True
