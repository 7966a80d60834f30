"""Ports for what a test starts, which no other of these tests takes meanwhile.

A port that the kernel chose and took back again may be anybody's when a program comes to open it: the kernel gives it
out for any connection. So these are below what the kernel gives out by itself, and a socket bound to a loopback
address of its own keeps other tests and other runs of them away.
"""

import random
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

EDGE: Final = "127.0.0.1"
GATEWAY: Final = "127.0.0.2"
_MARK: Final = "127.0.0.9"
_FIRST, _LAST = 5100, 9900  # sipsak wants four digits
_STEP: Final = 30  # TLS, WebSocket and secure WebSocket listen at `sip` + 1, 20 and 21
_METRICS_OFFSET, _HTTP_OFFSET = 5_000, 10_000
_SINGLE: Final = range(30_100, 32_700)  # behind those of the bench; the kernel begins at 32768
_MARKS_KEPT: Final = 40  # a test asks for ten at most
_marks: deque[socket.socket] = deque()


@dataclass(frozen=True, slots=True)
class Ports:
    """What one instance listens on; the gateway has `sip` too, on an address of its own."""

    sip: int
    http: int
    metrics: int


@contextmanager
def reserved_ports() -> Iterator[Ports]:
    """Ports that are free now, and are nobody else's while the context lasts.

    The gateway receives calls at the edge's port on an address of its own, so that port is free there too.
    """
    for sip in random.sample(range(_FIRST, _LAST, _STEP), k=150):
        ports = Ports(sip, sip + _HTTP_OFFSET, sip + _METRICS_OFFSET)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mark:
            if _binds(mark, _MARK, sip) and _all_free(ports):
                yield ports
                return
    raise AssertionError("no free ports were found for a running instance")


def free_port(*hosts: str) -> int:
    """A port that nobody has, by UDP or TCP, on these addresses (127.0.0.1 when none is named). No other test gets it
    before this process has ended or asked for forty more.
    """
    for port in random.sample(_SINGLE, k=len(_SINGLE)):
        mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wanted = [(host, port, kind) for host in hosts or (EDGE,) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        if _binds(mark, _MARK, port) and all(_is_free(*address) for address in wanted):
            _marks.append(mark)
            while len(_marks) > _MARKS_KEPT:
                _marks.popleft().close()
            return port
        mark.close()
    raise AssertionError("no free port was found")


def _all_free(ports: Ports) -> bool:
    wanted = [
        (EDGE, ports.sip, socket.SOCK_DGRAM), (EDGE, ports.sip, socket.SOCK_STREAM),
        (GATEWAY, ports.sip, socket.SOCK_DGRAM), (GATEWAY, ports.sip, socket.SOCK_STREAM),
        *((EDGE, ports.sip + offset, socket.SOCK_STREAM) for offset in (1, 20, 21)),
        (EDGE, ports.http, socket.SOCK_STREAM), (EDGE, ports.metrics, socket.SOCK_STREAM),
    ]  # fmt: skip
    return all(_is_free(*address) for address in wanted)


def _is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, host, port)


def _binds(probe: socket.socket, host: str, port: int) -> bool:
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True
