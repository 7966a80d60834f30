"""UDP on real loopback sockets."""

import asyncio
import socket
from typing import Any

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport.limits import TransportLimits
from sipedge.transport.udp import BATCH, UdpSocket
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, Phone, until


async def test_a_datagram_comes_with_its_flow_and_an_answer_goes_back(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge()
    phone.send(OPTIONS, edge.port(0))
    await edge.messages(1)
    assert edge.received == [(OPTIONS, Flow("udp", "127.0.0.1", phone.port, 0, 0))]
    edge.transports.send(b"SIP/2.0 200 OK\r\n\r\n", edge.received[0][1])
    assert await phone.receive() == b"SIP/2.0 200 OK\r\n\r\n"


async def test_more_than_a_batch_arrives_whole(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge()
    sent = [b"OPTIONS sip:%d SIP/2.0\r\n\r\n" % number for number in range(3 * BATCH)]
    for data in sent:
        phone.send(data, edge.port(0))
    assert await edge.messages(len(sent)) == sent


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b"jaK\0",
        b"\r\n" * 20,
        b"\0" * 40,
        b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"x" * 12,
    ],
)
async def test_keep_alives_are_ignored(start_edge: StartEdge, phone: Phone, data: bytes) -> None:
    edge = await start_edge()
    phone.send(data, edge.port(0))
    phone.send(OPTIONS, edge.port(0))
    assert await edge.messages(1) == [OPTIONS]


async def test_line_ends_before_a_message_do_not_make_it_a_keep_alive(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge()
    phone.send(b"\r\n" + OPTIONS, edge.port(0))
    assert await edge.messages(1) == [b"\r\n" + OPTIONS]


async def test_ipv6(start_edge: StartEdge) -> None:
    edge = await start_edge(("udp", "::1", 0))
    phone = Phone("::1")
    phone.send(OPTIONS, edge.port(0))
    await edge.messages(1)
    assert edge.received[0][1] == Flow("udp", "::1", phone.port)
    edge.transports.send(b"answer", edge.received[0][1])
    assert await phone.receive() == b"answer"
    phone.close()


async def test_each_address_answers_from_itself(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge(("udp", "127.0.0.1", 0), ("tcp", "127.0.0.1", 0), ("udp", "127.0.0.1", 0))
    phone.send(OPTIONS, edge.port(2))
    await edge.messages(1)
    assert edge.received[0][1].local == 2
    other = Phone()
    edge.transports.send(OPTIONS, Flow("udp", "127.0.0.1", edge.port(0), 2))
    await edge.messages(2)
    assert edge.received[1][1] == Flow("udp", "127.0.0.1", edge.port(2), 0)
    other.close()


async def test_a_flow_of_another_family_leaves_by_the_socket_that_can(start_edge: StartEdge) -> None:
    edge = await start_edge(("udp", "127.0.0.1", 0), ("udp", "::1", 0))
    phone = Phone("::1")
    edge.transports.send(b"to six", Flow("udp", "::1", phone.port))
    assert await phone.receive() == b"to six"
    phone.close()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("localhost", 5060),
        ("sip.example.org", 5060),
        ("", 5060),
        ("<broadcast>", 5060),
        ("127.0.0.1\0", 5060),
        ("\udcff", 5060),
        ("127.0.0.1", 65_536),
        ("127.0.0.1", -1),
        ("255.255.255.255", 5060),
        ("127.0.0.1", 0),
        ("::1", 5060),
    ],
)
async def test_what_cannot_be_sent_to_is_reported_and_never_raises(start_edge: StartEdge, host: str, port: int) -> None:
    edge = await start_edge(("udp", "127.0.0.1", 0))
    flow = Flow("udp", host, port)
    edge.transports.send(OPTIONS, flow)
    assert edge.failures == [], "a failure must not be told from inside send"
    assert (await edge.failure())[0] == flow


async def test_no_name_is_ever_looked_up(start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = await start_edge()

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError(f"a name was looked up: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "gethostbyname", refuse)
    edge.transports.send(OPTIONS, Flow("udp", "localhost", 5060))
    edge.transports.send(OPTIONS, Flow("tcp", "localhost", 5060))
    await edge.failure(2)


async def test_a_message_too_large_for_a_datagram_is_lost_and_no_fault_of_the_flow(
    start_edge: StartEdge, phone: Phone
) -> None:
    edge = await start_edge()
    flow = Flow("udp", "127.0.0.1", phone.port)
    edge.transports.send(b"x" * 70_000, flow)
    edge.transports.send(b"y", flow)
    assert await phone.receive() == b"y"
    assert edge.failures == []
    assert edge.transports.counts()["datagrams_dropped"] == 1


class FullSocket:
    """A socket that is full until it is emptied; everything else is the real one's."""

    def __init__(self, real: socket.socket) -> None:
        self.is_full = True
        self._real = real

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:
        if self.is_full:
            raise BlockingIOError
        return self._real.sendto(data, address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


async def test_a_full_socket_keeps_the_order_and_a_bounded_queue(phone: Phone) -> None:
    real = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    real.setblocking(False)
    full = FullSocket(real)
    limits = TransportLimits(datagram_queue=3)
    bound = UdpSocket(real, 0, lambda _data, _flow: None, lambda _flow, _why: None, limits)
    bound._sendto = full.sendto  # type: ignore[assignment]
    flow = Flow("udp", "127.0.0.1", phone.port)
    for number in range(5):
        bound.send(b"%d" % number, flow)
    await until(lambda: bound.dropped == 2)
    bound.send(b"refused: it must not overtake", flow)
    await until(lambda: bound.dropped == 3)
    full.is_full = False
    assert [await phone.receive() for _ in range(3)] == [b"0", b"1", b"2"]
    await until(lambda: not bound._waiting)
    bound.send(b"next", flow)
    assert await phone.receive() == b"next"
    bound.close()


async def test_a_receiver_that_raises_does_not_stop_the_socket(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge()
    seen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: seen.append(context))

    def fail_once(data: bytes, flow: Flow) -> None:
        if len(edge.received) == 1:
            raise RuntimeError("broken handler")

    edge.on_receive = fail_once
    phone.send(OPTIONS, edge.port(0))
    phone.send(OPTIONS, edge.port(0))
    await edge.messages(2)
    assert len(seen) == 1


async def test_what_comes_close_together_is_taken_at_a_pace_and_answered_together(
    start_edge: StartEdge, phone: Phone
) -> None:
    edge = await start_edge()
    flow = Flow("udp", "127.0.0.1", phone.port)
    edge.on_receive = lambda data, _flow: edge.transports.send(data, flow)
    for _ in range(40):
        phone.send(OPTIONS, edge.port(0))
        phone.send(OPTIONS, edge.port(0))
        await asyncio.sleep(0.0005)
    assert [await phone.receive() for _ in range(80)] == [OPTIONS] * 80
    await asyncio.sleep(0.02)  # nothing more comes: the reader is back
    phone.send(OPTIONS, edge.port(0))
    assert await phone.receive() == OPTIONS


async def test_a_receiver_that_raises_under_load_does_not_stop_the_socket(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)

    def fail_often(data: bytes, flow: Flow) -> None:
        if len(edge.received) % 3 == 0:
            raise RuntimeError("broken handler")

    edge.on_receive = fail_often
    for _ in range(30):
        phone.send(OPTIONS, edge.port(0))
        phone.send(OPTIONS, edge.port(0))
        await asyncio.sleep(0.0005)
    await edge.messages(60)


async def test_what_is_about_to_leave_leaves_before_the_end(phone: Phone) -> None:
    real = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    real.setblocking(False)
    bound = UdpSocket(real, 0, lambda _data, _flow: None, lambda _flow, _why: None, TransportLimits())
    bound.send(b"last", Flow("udp", "127.0.0.1", phone.port))
    bound.close()
    assert await phone.receive() == b"last"


async def test_when_too_much_waits_first_requests_of_strangers_are_lost_and_nothing_else(phone: Phone) -> None:
    first = b"REGISTER sip:x SIP/2.0\r\nVia: x\r\n\r\n"
    second = b"REGISTER sip:x SIP/2.0\r\nAuthorization: x\r\n\r\n"
    received: list[bytes] = []
    for spared in (False, True):
        real = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        real.bind(("127.0.0.1", 0))
        real.setblocking(False)
        received.clear()
        for _ in range(BATCH):
            phone.send(first, real.getsockname()[1])
            phone.send(second, real.getsockname()[1])
        edge = UdpSocket(
            real, 0, lambda data, _flow: received.append(data), lambda _flow, _why: None,
            TransportLimits(overload_after=0.0), spares=lambda _host, spared=spared: spared,  # type: ignore[misc]
        )  # fmt: skip
        await until(lambda edge=edge: len(received) + edge.shed == 2 * BATCH)  # type: ignore[misc]
        assert edge.shed == (0 if spared else BATCH // 2)  # the first batch showed that there is more
        assert received.count(second) == BATCH
        phone.send(second, real.getsockname()[1])
        await until(lambda: received.count(second) == BATCH + 1)
        phone.send(first, real.getsockname()[1])
        await until(lambda: received[-1] == first)
        edge.close()


async def test_what_was_not_read_yet_is_known(start_edge: StartEdge, phone: Phone) -> None:
    edge = await start_edge(("udp", "127.0.0.1", 0), ("udp", "127.0.0.1", 0))
    assert not edge.transports.has_unread
    for _ in range(2 * BATCH):
        phone.send(OPTIONS, edge.port(1))
    assert edge.transports.has_unread
    await edge.messages(2 * BATCH)
    assert not edge.transports.has_unread
