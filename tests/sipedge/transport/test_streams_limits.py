"""TCP under strain: caps, time-outs, peers that do not read, and stopping."""

import asyncio
import contextlib
import socket

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport import streams as streams_module
from sipedge.transport.limits import TransportLimits
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, PATIENCE
from tests.sipedge.transport.peers import Peer, connect

TCP = ("tcp", "127.0.0.1", 0)


async def test_a_connection_that_does_not_stand_in_time_is_reported(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP, limits=TransportLimits(connect_timeout=0.05))
    with socket.socket() as full:  # its one place is taken, so the kernel does not answer the next SYN
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), contextlib.ExitStack() as stack:
            for _ in range(3):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            flow = Flow("tcp", "127.0.0.1", port)
            edge.transports.send(b"a", flow)
            assert await edge.failure() == (flow, "no connection in time")


async def test_what_waits_for_a_connection_is_bounded(start_edge: StartEdge, peer: Peer) -> None:
    edge = await start_edge(TCP, limits=TransportLimits(write_buffer=10))
    flow = Flow("tcp", "127.0.0.1", peer.port)
    edge.transports.send(b"12345678", flow)
    edge.transports.send(b"too much", flow)
    assert await edge.failure() == (flow, "too much waits for the connection")
    assert await (await peer.client()).receive(8) == b"12345678"


async def test_a_peer_that_does_not_read_loses_its_connection(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP, limits=TransportLimits(write_buffer=100_000))
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    flow = edge.received[0][1]
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(1_000):
        edge.transports.send(b"x" * 50_000, flow)
        await asyncio.sleep(0)
        if edge.failures:
            break
    assert edge.failures[0] == (flow, "the peer does not read")
    client.writer.transport.abort()


async def test_one_source_cannot_take_all_places(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP, limits=TransportLimits(connections_by_source=2))
    first, second, third = [await connect(edge) for _ in range(3)]
    assert await third.is_closed()
    for client in (first, second):
        client.send(OPTIONS)
    await edge.messages(2)
    assert edge.transports.counts()["connections_refused"] == 1
    await first.close()
    await edge.failure()
    fourth = await connect(edge)
    fourth.send(OPTIONS)
    await edge.messages(3)
    for client in (second, third, fourth):
        await client.close()


async def test_with_all_places_taken_a_newcomer_is_refused_or_gets_the_most_silent_ones(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP, limits=TransportLimits(connections=2, evict_after=60))
    clients = [await connect(edge) for _ in range(2)]
    for client in clients:
        client.send(OPTIONS)
    await edge.messages(2)
    refused = await connect(edge)
    assert await refused.is_closed()

    eager = await start_edge(TCP, limits=TransportLimits(connections=1, evict_after=0))
    silent = await connect(eager)
    silent.send(OPTIONS)
    await eager.messages(1)
    newcomer = await connect(eager)
    newcomer.send(OPTIONS)
    assert await silent.is_closed()
    await eager.messages(2)
    assert eager.failures[0][1] == "its place was needed"
    for client in (*clients, refused, silent, newcomer):
        await client.close()


async def test_half_a_message_does_not_hold_a_connection(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    edge = await start_edge(TCP, limits=TransportLimits(partial_timeout=0.1))
    mute, slow, honest = [await connect(edge) for _ in range(3)]
    honest.send(OPTIONS)
    await edge.messages(1)
    slow.send(OPTIONS + OPTIONS[:20])
    assert await slow.is_closed()
    assert await mute.is_closed()
    honest.send(OPTIONS)
    await edge.messages(3)
    assert {why for _, why in edge.failures} == {"no whole message in time"}
    for client in (mute, slow, honest):
        await client.close()


async def test_a_silent_connection_is_closed_after_its_time(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    edge = await start_edge(TCP, limits=TransportLimits(idle_timeout=0.1))
    client = await connect(edge)
    client.send(OPTIONS)
    assert await client.is_closed()
    assert (await edge.failure())[1] == "silent for too long"
    await client.close()


async def test_stopping_sends_what_is_buffered_reports_nothing_and_does_not_dawdle(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "STOP_PATIENCE", 10 * PATIENCE)
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    edge.transports.send(b"goodbye", edge.received[0][1])
    async with asyncio.timeout(PATIENCE):
        await edge.transports.stop()
    assert await client.receive(7) == b"goodbye"
    assert await client.is_closed()
    assert edge.failures == []
    await client.close()


async def test_stopping_does_not_wait_for_a_peer_that_does_not_read(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "STOP_PATIENCE", 0.05)
    edge = await start_edge(TCP, limits=TransportLimits(write_buffer=100_000_000))
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    edge.transports.send(b"x" * 20_000_000, edge.received[0][1])
    async with asyncio.timeout(PATIENCE):
        await edge.transports.stop()
    client.writer.transport.abort()


async def test_stopping_gives_up_connections_that_are_being_made(start_edge: StartEdge, peer: Peer) -> None:
    edge = await start_edge(TCP)
    edge.transports.send(b"x", Flow("tcp", "127.0.0.1", peer.port))
    async with asyncio.timeout(PATIENCE):
        await edge.transports.stop()
    edge.transports.send(b"x", Flow("tcp", "127.0.0.1", peer.port))
    flow, why = await edge.failure()
    assert flow.transport == "tcp"
    assert why.startswith("no tcp here")
