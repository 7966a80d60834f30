"""Starting, stopping and choosing among the transports."""

import socket

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport import manager as manager_module
from sipedge.transport.manager import OTHER_FILES, TransportError
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, Edge, Phone
from tests.sipedge.transport.peers import connect


@pytest.mark.parametrize(("transport", "kind"), [("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)])
async def test_a_taken_port_is_named_and_nothing_is_left_open(transport: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if transport == "tcp":
            other.listen()
        port = other.getsockname()[1]
        edge = Edge()
        with pytest.raises(TransportError) as caught:
            await edge.start(("udp", "127.0.0.1", 0), (transport, "127.0.0.1", port))
        assert str(caught.value) == f"{transport.upper()} 127.0.0.1:{port} is taken by another program"
        assert (caught.value.transport, caught.value.host, caught.value.port) == (transport, "127.0.0.1", port)
        assert edge.transports.addresses == []
        edge.transports.send(b"x", Flow("udp", "127.0.0.1", port))
        assert (await edge.failure())[1].startswith("no udp here")


async def test_two_edges_do_not_share_a_port(start_edge: StartEdge) -> None:
    first = await start_edge()
    for local, transport in enumerate(("udp", "tcp")):
        second = Edge()
        with pytest.raises(TransportError, match="is taken by another program"):
            await second.start((transport, "127.0.0.1", first.port(local)))


async def test_a_port_is_free_again_after_a_stop(start_edge: StartEdge, phone: Phone) -> None:
    first = await start_edge()
    addresses = list(first.transports.addresses)
    await first.transports.stop()
    second = await start_edge(*addresses)
    phone.send(OPTIONS, second.port(0))
    await second.messages(1)
    assert first.received == []


async def test_stopping_twice_is_harmless(start_edge: StartEdge) -> None:
    edge = await start_edge()
    await edge.transports.stop()
    await edge.transports.stop()
    edge.transports.pause_accepting()
    assert not any(edge.transports.counts().values())


async def test_a_transport_that_is_not_there_is_reported(start_edge: StartEdge) -> None:
    edge = await start_edge()
    flow = Flow("tls", "127.0.0.1", 5061)
    edge.transports.send(OPTIONS, flow)
    assert edge.failures == []
    assert await edge.failure() == (flow, "no tls here that reaches such an address")


async def test_sending_from_within_a_failure_is_possible(start_edge: StartEdge) -> None:
    edge = await start_edge()
    wrong = Flow("udp", "nowhere", 5060)

    def again(data: bytes, flow: Flow) -> None:
        edge.transports.send(data, wrong)

    edge.on_receive = again
    phone = Phone()
    phone.send(OPTIONS, edge.port(0))
    phone.send(OPTIONS, edge.port(0))
    assert await edge.failure(2) == (wrong, "'nowhere', port 5060, is no address to send to")
    phone.close()


async def test_where_few_files_may_be_open_fewer_connections_are_accepted(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager_module, "allow_files", lambda _wanted: OTHER_FILES + 1)
    edge = await start_edge(("tcp", "127.0.0.1", 0))
    first = await connect(edge)
    first.send(OPTIONS)
    await edge.messages(1)
    second = await connect(edge)
    assert await second.is_closed()
    counts = edge.transports.counts()
    assert (counts["connections"], counts["connections_refused"]) == (1, 1)
    for client in (first, second):
        await client.close()
