"""Half-open connections by the thousand, over all kinds of streams, from many addresses."""

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import pytest

from sipedge.transport.limits import TransportLimits
from sipedge.transport.sockets import allow_files
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, Edge, Phone, until
from tests.sipedge.transport.peers import connect
from tests.sipedge.transport.secure import TLS, WS, Pki, connect_tls, connect_web

PLACES = 1_500
UDP, TCP = ("udp", "127.0.0.1", 0), ("tcp", "127.0.0.1", 0)
BEGINNINGS = {1: b"OPTIONS sip:x SIP/2.0\r\n", 2: b"\x16\x03\x01\x02\0\x01", 3: b"GET / HTTP/1.1\r\n"}


@pytest.fixture
async def edge(start_edge: StartEdge, tmp_path: Path) -> tuple[Edge, Pki]:
    """With places for fewer than want to come; its source limit is not what helps."""
    allow_files(2 * PLACES + 1_000)
    pki = Pki(tmp_path)
    limits = TransportLimits(connections=PLACES, proof_after=0.1)
    return await start_edge(UDP, TCP, TLS, WS, certificates=pki.certificates(), limits=limits), pki


async def half_open(edge: Edge, count: int, stack: contextlib.ExitStack) -> None:
    """Connections that have begun to say something at most; the stack closes them."""
    loop = asyncio.get_running_loop()
    for number in range(count):
        local = 1 + number % 3
        one = stack.enter_context(socket.socket())
        one.setblocking(False)
        one.bind((f"127.0.1.{1 + number % 200}", 0))
        await loop.sock_connect(one, edge.transports.addresses[local][1:])
        with contextlib.suppress(ConnectionError):
            await loop.sock_sendall(one, BEGINNINGS[local] if number % 2 else b"")


async def test_thousands_of_half_open_streams_keep_nobody_out(edge: tuple[Edge, Pki], phone: Phone) -> None:
    target, pki = edge
    transports = target.transports
    with contextlib.ExitStack() as stack:
        await half_open(target, PLACES + 300, stack)
        await until(lambda: transports.counts()["connections"] == PLACES)
        await asyncio.sleep(0.1)  # as long as a newcomer may take for his first message

        phone.send(OPTIONS, target.port(0))
        await target.messages(1)
        plain = await connect(target, 1)
        plain.send(OPTIONS)
        await target.messages(2)
        secure = await connect_tls(target, pki.context(), 2)
        secure.send(OPTIONS)
        await target.messages(3)
        browser = await connect_web(target, 3, origin=None)
        await browser.send(OPTIONS.decode())
        await target.messages(4)
        assert [flow.transport for _, flow in target.received] == ["udp", "tcp", "tls", "ws"]

        await half_open(target, 300, stack)  # they take one another's places, not those of who has spoken
        plain.send(OPTIONS)
        await target.messages(5)
        await browser.close()
        await plain.close()
        await secure.close()


async def test_a_flood_of_handshakes_delays_others_by_little(
    start_edge: StartEdge, tmp_path: Path, phone: Phone
) -> None:
    pki = Pki(tmp_path)
    edge = await start_edge(UDP, TLS, certificates=pki.certificates(), limits=TransportLimits(handshakes=40))
    hello = ssl.MemoryBIO()
    client = pki.context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    data = hello.read()
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(socket.create_connection(edge.transports.addresses[1][1:])) for _ in range(200)]
        for one in crowd:
            one.sendall(data)
        await until(lambda: edge.transports.counts()["handshakes_waiting"] > 100)
        phone.send(OPTIONS, edge.port(0))
        await edge.messages(1)
        honest = await connect_tls(edge, pki.context(), 1, source="127.0.1.9")
        honest.send(OPTIONS)
        await edge.messages(2)
        assert edge.transports.counts()["handshakes_waiting"] > 50  # those of the crowd still wait
        await honest.close()
