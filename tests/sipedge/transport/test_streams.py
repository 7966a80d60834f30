"""TCP on real loopback sockets: messages, answers, and the use of connections."""

import asyncio
import socket

import pytest

from sipedge.sip.flow import Flow
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, PATIENCE, Edge
from tests.sipedge.transport.peers import Peer, connect

TCP = ("tcp", "127.0.0.1", 0)


async def test_a_message_comes_with_its_connection_and_an_answer_goes_back(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    data, flow = edge.received[0]
    assert data == OPTIONS
    assert flow == Flow("tcp", "127.0.0.1", client.port, 0, flow.connection)
    assert flow.connection > 0
    edge.transports.send(b"answer", flow)
    assert await client.receive(6) == b"answer"
    await client.close()


async def test_messages_are_cut_out_of_the_stream_byte_by_byte_and_together(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in OPTIONS:
        client.send(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    client.send(OPTIONS * 3)
    assert await edge.messages(4) == [OPTIONS] * 4
    await client.close()


async def test_a_ping_gets_a_pong_and_a_single_line_end_nothing(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(b"\r\n\r\n")
    assert await client.receive(2) == b"\r\n"
    client.send(b"\r\n" + OPTIONS)
    await edge.messages(1)
    edge.transports.send(b"next", edge.received[0][1])
    assert await client.receive(4) == b"next"
    await client.close()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        OPTIONS.replace(b"Content-Length: 0", b"Content-Length: -1"),
        OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 999999999"),
        OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 0\r\nl: 5"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40,
        b"OPTIONS " + b"x" * 70_000,
    ],
)
async def test_a_stream_that_cannot_be_cut_is_closed_at_once(start_edge: StartEdge, data: bytes) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS + data)
    assert await client.is_closed()
    assert await edge.messages(1) == [OPTIONS]
    flow, why = await edge.failure()
    assert flow == edge.received[0][1]
    assert why.startswith("not SIP")
    await client.close()


async def test_a_connection_of_the_peer_is_used_for_requests_to_it(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    edge.transports.send(b"by address", Flow("tcp", "127.0.0.1", client.port))
    assert await client.receive(10) == b"by address"
    await client.close()


async def test_a_connection_that_is_gone_is_reported_and_not_made_again(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    flow = edge.received[0][1]
    edge.transports.send(b"x", flow)
    edge.transports.send(b"y", flow._replace(connection=0))
    await client.receive(2)
    await client.close()
    await edge.failure(2)
    assert [reported for reported, _ in edge.failures] == [flow, flow._replace(connection=0)]
    edge.transports.send(b"late", flow)
    assert await edge.failure(3) == (flow, "the connection is closed")
    assert edge.transports.counts()["connections"] == 0
    assert edge.closed == [flow]


async def test_the_end_of_a_connection_is_told_once_whoever_made_it(start_edge: StartEdge, peer: Peer) -> None:
    edge = await start_edge(TCP)
    edge.transports.send(b"x", Flow("tcp", "127.0.0.1", peer.port))
    client = await peer.client()
    await client.close()
    made, flow = [flow for flow, _ in [await edge.failure(2), edge.failures[0]]]
    assert (flow.connection > 0, made) == (True, flow._replace(connection=0))
    assert edge.closed == [flow]


async def test_connection_numbers_are_not_those_of_another_process(start_edge: StartEdge) -> None:
    numbers = set()
    for _ in range(3):
        edge = await start_edge(TCP)
        client = await connect(edge)
        client.send(OPTIONS)
        await edge.messages(1)
        numbers.add(edge.received[0][1].connection)
        await client.close()
    assert len(numbers) == 3
    assert all(0 < number < 2**63 for number in numbers)


async def test_a_connection_is_used_for_the_port_that_its_peer_is_known_to_listen_on(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    flow = edge.received[0][1]
    edge.transports.reuse(flow, 5060, "")
    edge.transports.reuse(flow._replace(connection=1), 5061, "")
    edge.transports.send(b"request", Flow("tcp", "127.0.0.1", 5060))
    assert await client.receive(7) == b"request"
    await client.close()
    edge.transports.reuse(flow, 5062, "")
    await edge.failure(2)
    assert edge.transports.peer_names(flow) == ()


async def test_draining_refuses_newcomers_and_serves_the_others(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    edge.transports.pause_accepting()
    with pytest.raises(ConnectionRefusedError):
        await until_refused(edge)
    client.send(OPTIONS)
    await edge.messages(2)
    edge.transports.send(b"still here", edge.received[0][1])
    assert await client.receive(10) == b"still here"
    await client.close()


async def until_refused(edge: Edge) -> None:
    """The listening socket closes in the loop's next round."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await (await connect(edge)).close()
