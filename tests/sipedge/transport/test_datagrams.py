"""Reading many datagrams at once, and one by one, from real sockets."""

import socket
from collections.abc import Iterator

import pytest

from sipedge.transport import datagrams
from sipedge.transport.datagrams import MANY, Read, one_by_one, reader
from sipedge.transport.paths import Scopes, with_way_back
from sipedge.transport.sockets import open_socket

LARGEST = 65_507  # of IPv4: 65,535 without the headers of IP and UDP


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with open_socket("udp", "127.0.0.1", 0, 4_194_304) as opened:
        yield opened


@pytest.fixture
def phones() -> Iterator[list[socket.socket]]:
    made = []
    for host in ("127.0.0.1", "127.0.0.2"):
        made.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        made[-1].bind((host, 0))
    yield made
    for phone in made:
        phone.close()


@pytest.fixture(params=["many", "one"])
def read(request: pytest.FixtureRequest, bound: socket.socket) -> Read:
    return reader(bound, bound) if request.param == "many" else one_by_one(bound)


def all_of(read: Read) -> list[datagrams.Datagram]:
    found = []
    while some := read():
        found += some
    return found


def test_each_datagram_is_read_whole_in_order_and_with_its_sender(
    bound: socket.socket, phones: list[socket.socket], read: Read
) -> None:
    sent = []
    for number, size in enumerate([7, 0, LARGEST, 1, 1500] + [300] * (2 * MANY)):
        phone = phones[number % 2]
        data = number.to_bytes(2, "big") * (size // 2) + b"x" * (size % 2)
        phone.sendto(data, bound.getsockname())
        sent.append((data, *phone.getsockname()))
    assert all_of(read) == sent
    assert read() == []


def test_a_shorter_datagram_keeps_nothing_of_a_longer_one_before(
    bound: socket.socket, phones: list[socket.socket], read: Read
) -> None:
    for data in (b"long" * 100, b"short"):
        phones[0].sendto(data, bound.getsockname())
        assert [got for got, *_ in all_of(read)] == [data]


def test_the_error_of_a_datagram_that_was_sent_is_none_of_those_that_come(
    bound: socket.socket, phones: list[socket.socket], read: Read
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        nobody = gone.getsockname()
    bound.connect(nobody)  # so that its refusal comes back to us
    bound.send(b"is anybody there?")
    assert read() == []
    bound.connect(phones[0].getsockname())
    phones[0].sendto(b"yes", bound.getsockname())
    assert read() == [(b"yes", *phones[0].getsockname())]


def test_a_closed_socket_gives_nothing(bound: socket.socket, read: Read) -> None:
    bound.close()
    assert read() == []


def test_many_come_at_once_by_ipv4_alone(bound: socket.socket, phones: list[socket.socket]) -> None:
    for _ in range(MANY + 1):
        phones[0].sendto(b"data", bound.getsockname())
    assert [len(reader(bound, bound)()) for _ in range(3)] == [MANY, 1, 0]
    for host in ("::1", "0.0.0.0"):
        with open_socket("udp", host, 0, 65_536) as other:
            family = other.family
            target = ("::1" if family == socket.AF_INET6 else "127.0.0.1", other.getsockname()[1])
            with socket.socket(family, socket.SOCK_DGRAM) as phone:
                for _ in range(2):
                    phone.sendto(b"data", target)
                read = reader(other, with_way_back(other, Scopes()))
                assert [len(read()) for _ in range(3)] == [1, 1, 0]


def test_without_the_system_call_they_come_one_by_one(
    bound: socket.socket, phones: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datagrams, "_RECVMMSG", None)
    for _ in range(2):
        phones[0].sendto(b"data", bound.getsockname())
    read = reader(bound, bound)
    assert [len(read()) for _ in range(3)] == [1, 1, 0]
