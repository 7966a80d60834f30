"""Connections that never come to anything, by the thousand: silent, slow, in the middle of a TLS handshake."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipedge.transport.sockets import allow_files
from tests.certificates import Authority
from tests.faults.conftest import IS_LONG, StartEdge
from tests.faults.phones import phones_at
from tests.faults.probes import Pulse, open_files, resident_bytes
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.ports import Ports
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.waiting import eventually

FAULT = "slow and half-open TCP, TLS"
PLACES, COUNT = (8_000, 9_000) if IS_LONG else (1_000, 1_300)
BY_SOURCE = 300
OTHER_FILES = 60
OPTIONS_SECONDS = 0.05
NEW_SECONDS = 2.0
BYTES_EACH = 100_000  # half a TLS handshake; a whole message is allowed 64 KiB besides
GIVEN_UP_SECONDS = 45.0  # 30 s for a partial message, looked for now and then
PARTIAL = b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP "


class Crowd:
    """Half-open connections. Of four one is silent, one begins a message, and two begin TLS or are silent there."""

    def __init__(self, ports: Ports) -> None:
        self._places = [("127.0.0.1", ports.sip), ("127.0.0.1", ports.sip + 1)]
        self._stack = contextlib.ExitStack()
        self._slow: list[socket.socket] = []
        hello = ssl.MemoryBIO()
        context = ssl.create_default_context()
        with contextlib.suppress(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost").do_handshake()
        self._hello = hello.read()

    def come(self, count: int) -> None:
        """So many connect."""
        for number in range(count):
            one = self._stack.enter_context(socket.socket())
            one.settimeout(5)
            one.bind((f"127.0.{2 + number // BY_SOURCE}.1", 0))
            with contextlib.suppress(OSError):  # refused, or closed already: that is the edge's right
                one.connect(self._places[number // 2 % 2])
                if number % 4 == 1:
                    one.sendall(PARTIAL)
                    self._slow.append(one)
                elif number % 4 == 3:
                    one.sendall(self._hello[: len(self._hello) // (1 + number % 3)])

    def say_a_little(self) -> None:
        """The slow senders send one byte more."""
        for one in self._slow:
            with contextlib.suppress(OSError):
                one.sendall(b"1")

    def go(self) -> None:
        """All are closed."""
        self._slow.clear()
        self._stack.close()


@pytest.fixture
def crowd(ports: Ports) -> Iterator[Crowd]:
    """Nobody yet."""
    allow_files(COUNT + 500)
    found = Crowd(ports)
    yield found
    found.go()


async def test_thousands_that_never_come_to_anything_keep_nobody_out(
    start_edge: StartEdge, ports: Ports, crowd: Crowd, phones: Peer, tmp_path: Path, row: Row
) -> None:
    row.begin(
        f"{COUNT} connections (silent, a byte a second, TLS never finished) at an edge with places for {PLACES}",
        f"UDP p99 < {1000 * OPTIONS_SECONDS:g} ms, new TCP and TLS served, memory and files bounded, all freed after",
    )
    authority = Authority(tmp_path)
    pair = authority.server("localhost", "127.0.0.1")
    edge = start_edge({"SIP_TLS_CERTIFICATES": ":".join(map(str, pair.both)), "SIP_CONNECTIONS": str(PLACES)})
    pid = edge.program.process.pid
    files, memory = open_files(pid), resident_bytes(pid)
    await asyncio.to_thread(crowd.come, COUNT)
    slow = asyncio.create_task(_slowly(crowd))
    pulse = await Pulse.taken(edge.address, 4.0, 4)
    most = open_files(pid)
    times = [await asyncio.to_thread(_newcomer, ports, kind, authority.certificate) for kind in ("tcp", "tls") * 2]
    status = await phones_at(phones, range(1))[0].set(True)
    grown = resident_bytes(pid) - memory
    given_up = await asyncio.to_thread(_given_up, edge) if IS_LONG else 0.0
    slow.cancel()
    await asyncio.to_thread(_gone, crowd, pid, files)
    await asyncio.to_thread(crowd.come, COUNT)
    grown_again = resident_bytes(pid) - memory
    await asyncio.to_thread(_gone, crowd, pid, files)
    row.measured(
        f"UDP p99 {1000 * pulse.p99:.0f} ms, {pulse.lost} lost; a newcomer waits {max(times):.2f} s at most; "
        f"{most} files, {grown / 1e6:.0f} MB more, {grown_again / 1e6:.0f} MB when as many come again"
        + (f"; given up within {given_up:.0f} s" if IS_LONG else "")
    )
    assert (status, pulse.lost) == (200, 0)
    assert pulse.p99 < OPTIONS_SECONDS
    assert max(times) <= NEW_SECONDS
    assert most <= PLACES + OTHER_FILES
    assert grown <= PLACES * BYTES_EACH
    assert grown_again <= max(1.5 * grown, grown + 30_000_000)  # what the first ones had is used again
    assert given_up <= GIVEN_UP_SECONDS


async def _slowly(crowd: Crowd) -> None:
    while True:
        await asyncio.sleep(1)
        await asyncio.to_thread(crowd.say_a_little)


def _newcomer(ports: Ports, transport: str, authority: Path) -> float:
    """Seconds until somebody who connects now has his answer."""
    began = time.monotonic()
    place = ("127.0.0.1", ports.sip + (transport == "tls"))
    with Endpoint(place, "127.0.1.1", transport=transport, authority=authority) as one:
        uri = f"sip:127.0.0.1:{ports.sip}"
        assert one.transact(one.request("OPTIONS", uri, "sip:new@localhost", uri)).status == 200
    return time.monotonic() - began


def _gone(crowd: Crowd, pid: int, files: int) -> None:
    """All are closed, and the edge has given their files back."""
    crowd.go()
    eventually(lambda: open_files(pid) <= files + 5, "all files are closed", 10)


def _given_up(edge: RunningEdge) -> float:
    """Seconds until the edge has closed them all by itself, however slowly they still send."""
    began = time.monotonic()
    eventually(lambda: edge.figure("freiton_edge_connections") == 0, "all connections given up", GIVEN_UP_SECONDS + 15)
    return time.monotonic() - began
