"""TCP on real loopback sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport import stream as stream_module
from sipedge.transport import tcp as tcp_module
from sipedge.transport.limits import TransportLimits
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, PATIENCE, Edge, until

TCP = ("tcp", "127.0.0.1", 0)


class Client:
    """A plain TCP peer of an edge."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.host, self.port = writer.get_extra_info("sockname")[:2]

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self, count: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(count)

    async def is_closed(self) -> bool:
        """Waits for the edge to close."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def connect(edge: Edge, local: int = 0) -> Client:
    host, port = edge.transports.addresses[local][1:]
    return Client(*await asyncio.open_connection(host, port))


class Peer:
    """A TCP server: what the edge connects to."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accepted, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.append(Client(reader, writer))

    async def client(self, number: int = 0) -> Client:
        await until(lambda: len(self.clients) > number)
        return self.clients[number]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for client in self.clients:
            await client.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    listening = Peer()
    await listening.listen()
    yield listening
    await listening.close()


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


@pytest.mark.parametrize("port", [0, -1, 65_536])
async def test_a_port_that_is_none_is_reported(start_edge: StartEdge, port: int) -> None:
    edge = await start_edge(TCP)
    flow = Flow("tcp", "127.0.0.1", port)
    edge.transports.send(b"x", flow)
    assert edge.failures == []
    assert await edge.failure() == (flow, "no connection can be made")


async def test_a_connection_that_is_gone_is_reported_and_not_made_again(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    flow = edge.received[0][1]
    edge.transports.send(b"x", flow._replace(connection=0))
    await client.receive(1)
    await client.close()
    await edge.failure(2)
    assert {reported for reported, _ in edge.failures} == {flow, flow._replace(connection=0)}
    edge.transports.send(b"late", flow)
    assert await edge.failure(3) == (flow, "the connection is closed")
    assert edge.transports.counts()["connections"] == 0


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
    monkeypatch.setattr(tcp_module, "SWEEP", 0.01)
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
    monkeypatch.setattr(tcp_module, "SWEEP", 0.01)
    edge = await start_edge(TCP, limits=TransportLimits(idle_timeout=0.1))
    client = await connect(edge)
    client.send(OPTIONS)
    assert await client.is_closed()
    assert (await edge.failure())[1] == "silent for too long"
    await client.close()


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


async def test_stopping_sends_what_is_buffered_and_reports_nothing(start_edge: StartEdge) -> None:
    edge = await start_edge(TCP)
    client = await connect(edge)
    client.send(OPTIONS)
    await edge.messages(1)
    edge.transports.send(b"goodbye", edge.received[0][1])
    await edge.transports.stop()
    assert await client.receive(7) == b"goodbye"
    assert await client.is_closed()
    assert edge.failures == []
    await client.close()


async def test_stopping_does_not_wait_for_a_peer_that_does_not_read(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_module, "STOP_PATIENCE", 0.05)
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


async def test_options_of_a_dead_socket_are_no_error() -> None:
    dead = socket.socket()
    dead.close()
    stream_module.configure_stream(dead)
    assert dead.fileno() == -1
