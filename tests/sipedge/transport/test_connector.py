"""Connections that the edge makes itself, on real loopback sockets."""

import socket

import pytest

from sipedge.sip.flow import Flow
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS
from tests.sipedge.transport.peers import Peer

TCP = ("tcp", "127.0.0.1", 0)


async def test_a_connection_is_made_once_and_what_waits_goes_out_in_order(start_edge: StartEdge, peer: Peer) -> None:
    edge = await start_edge(("udp", "127.0.0.1", 0), TCP)
    flow = Flow("tcp", "127.0.0.1", peer.port)
    for number in range(5):
        edge.transports.send(b"%d" % number, flow)
    client = await peer.client()
    assert await client.receive(5) == b"01234"
    edge.transports.send(b"5", flow)
    assert await client.receive(1) == b"5"
    client.send(OPTIONS)
    await edge.messages(1)
    answer_to = edge.received[0][1]
    assert (answer_to[:3], answer_to.local) == (flow[:3], 1)
    assert len(peer.clients) == 1
    assert edge.transports.counts()["connections"] == 1


async def test_a_connection_leaves_from_the_address_that_we_listen_on(start_edge: StartEdge, peer: Peer) -> None:
    edge = await start_edge(TCP, ("tcp", "127.0.0.3", 0))
    edge.transports.send(b"x", Flow("tcp", "127.0.0.1", peer.port, 1))
    await peer.client()
    peername = peer.clients[0].writer.get_extra_info("peername")
    assert peername[0] == "127.0.0.3"


async def test_ipv6_however_the_address_is_written(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP, ("tcp", "::1", 0))
    peer = Peer()
    await peer.listen("::1")
    edge.transports.send(b"a", Flow("tcp", "0:0:0:0:0:0:0:1", peer.port))
    client = await peer.client()
    assert await client.receive(1) == b"a"
    edge.transports.send(b"b", Flow("tcp", "::0001", peer.port))
    assert await client.receive(1) == b"b"
    await client.close()
    await edge.failure(3)
    assert {flow.host for flow, _ in edge.failures} == {"::1", "::0001", "0:0:0:0:0:0:0:1"}
    await peer.close()


async def test_a_refused_connection_is_reported_once_for_each_flow(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    flow = Flow("tcp", "127.0.0.1", port)
    edge.transports.send(b"a", flow)
    edge.transports.send(b"b", flow)
    assert (await edge.failure())[0] == flow
    assert len(edge.failures) == 1
    assert edge.failures[0][1]


@pytest.mark.parametrize("port", [0, -1, 65_536])
async def test_a_port_that_is_none_is_reported(start_edge: StartEdge, port: int) -> None:
    edge = await start_edge(TCP)
    flow = Flow("tcp", "127.0.0.1", port)
    edge.transports.send(b"x", flow)
    assert edge.failures == []
    assert await edge.failure() == (flow, "no connection can be made")
