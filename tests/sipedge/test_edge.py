import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from sipedge.auth.ha1 import Ha1Set
from sipedge.config import Address, EdgeConfig, plain_listeners
from sipedge.edge import Edge
from sipedge.sip.flow import Flow, parse_flow
from sipedge.sip.message import parse, serialise
from sipedge.store.memory import MemoryStore
from sipedge.telemetry import Telemetry
from sipedge.transport.manager import TransportError
from tests.sipedge.handlers.world import Phone
from tests.sipedge.routing.network import ALICE, NORTH, fill

OPTIONS = (
    "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:9;branch=z9hG4bKa;rport\r\n"
    "From: <sip:x@y>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
async def edge(unused_tcp_port):
    here = Address("127.0.0.1", unused_tcp_port)
    config = EdgeConfig("edge1", plain_listeners((here,)), here, "", (), b"k" * 32, Path("var"))
    edge = Edge(config, fill(MemoryStore()), Telemetry())
    await edge.start()
    yield edge, unused_tcp_port
    await edge.stop()


async def ask_udp(port, message):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.connect(("127.0.0.1", port))
        phone.send(message)
        return await asyncio.wait_for(loop.sock_recv(phone, 65535), 5)


async def test_answers_on_udp(edge):
    _, port = edge
    answer = await ask_udp(port, OPTIONS.format(port=port, transport="UDP").encode())
    assert answer.startswith(b"SIP/2.0 200 ")
    assert b";received=127.0.0.1" in answer


async def test_answers_on_tcp(edge):
    _, port = edge
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(OPTIONS.format(port=port, transport="TCP").encode())
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"SIP/2.0 200 ")
    writer.close()
    await writer.wait_closed()


async def test_nothing_that_is_sent_stops_it(edge):
    _, port = edge
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for size in range(0, 1400, 7):
            stranger.sendto(bytes(i * 31 % 256 for i in range(size)), ("127.0.0.1", port))
    answer = await ask_udp(port, OPTIONS.format(port=port, transport="UDP").encode())
    assert answer.startswith(b"SIP/2.0 200 ")


async def test_what_waits_when_it_stops_is_answered(edge):
    running, port = edge
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(1)
        asked = OPTIONS.format(port=port, transport="UDP").encode()
        for _ in range(100):
            phone.sendto(asked, ("127.0.0.1", port))
        await running.stop()
        assert {phone.recv(65_535)[:12] for _ in range(100)} <= {b"SIP/2.0 200 ", b"SIP/2.0 503 "}


async def test_a_taken_port_is_named(edge):
    _, port = edge
    here = Address("127.0.0.1", port)
    config = EdgeConfig("edge2", plain_listeners((here,)), here, "", (), b"k" * 32, Path("var"))
    second = Edge(config, fill(MemoryStore()), Telemetry())
    with pytest.raises(TransportError, match=str(port)):
        await second.start()


async def test_a_phone_that_keeps_a_flow_is_registered_as_long_as_its_connection_stands(edge):
    running, port = edge
    store = running._store
    password = Ha1Set.from_password("alice", NORTH.name, "secret")
    store.subscribers.put((NORTH.id, "alice"), replace(ALICE, credentials=(password,)))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    phone = Phone(None, Flow("tcp", *writer.get_extra_info("sockname")))
    message = phone.request(
        "REGISTER", "sip:north.example", sender="sip:alice@north.example", to="sip:alice@north.example",
        headers=[("Supported", "path, outbound")], contact=f'<{phone.uri};ob>;reg-id=1;+sip.instance="<urn:uuid:1>"',
    )  # fmt: skip

    async def ask(request):
        writer.write(serialise(request))
        return parse(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5))

    accepted = await ask(phone.authorised(await ask(message), message, "alice", password="secret"))
    assert (accepted.status_code, accepted.get("Require")) == (200, "outbound")
    (binding,) = store.bindings.get(ALICE.id)
    assert parse_flow(binding.flow)[:3] == phone.flow[:3]
    assert parse_flow(binding.flow).connection > 0

    writer.close()
    async with asyncio.timeout(5):
        while store.bindings.get(ALICE.id):  # noqa: ASYNC110  what is waited for happens in the edge
            await asyncio.sleep(0.01)
