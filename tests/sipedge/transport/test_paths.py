"""The way back: from every address of the machine, and to link-local peers."""

import errno
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport import paths as paths_module
from sipedge.transport.paths import ScopedSocket, Scopes, WildcardSocket, with_way_back
from sipedge.transport.sockets import open_socket
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, PATIENCE

NEIGHBOUR = ("fe80::1", 5060, 0, 4)


class FakeSocket:
    """A socket that remembers what was sent, and has what was received."""

    family = socket.AF_INET6

    def __init__(self, *received: tuple[Any, ...]) -> None:
        self.received = list(received)
        self.sent: list[tuple[Any, ...]] = []
        self.broken = False

    def setsockopt(self, *options: int) -> None:
        pass

    def recvfrom_into(self, buffer: memoryview) -> tuple[int, tuple[Any, ...]]:
        return 4, self.received.pop(0)

    def recvmsg_into(self, buffers: list[memoryview], size: int) -> tuple[Any, ...]:
        data = socket.inet_pton(socket.AF_INET6, "2001:db8::5") + b"\4\0\0\0"
        return 4, [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, data)], 0, self.received.pop(0)

    def sendto(self, data: bytes, address: tuple[Any, ...]) -> int:
        self.sent.append((data, address))
        return len(data)

    def sendmsg(self, buffers: list[bytes], ancillary: list[Any], flags: int, address: tuple[Any, ...]) -> int:
        if self.broken:
            raise OSError(errno.EADDRNOTAVAIL, "gone")
        self.sent.append((buffers[0], address, ancillary[0][2][:16]))
        return 4


def test_a_link_local_peer_is_answered_by_its_interface() -> None:
    fake = FakeSocket(NEIGHBOUR, ("2001:db8::9", 5060, 0, 0))
    scoped = ScopedSocket(fake, Scopes())  # type: ignore[arg-type]
    assert scoped.recvfrom_into(memoryview(bytearray(9))) == (4, NEIGHBOUR)
    scoped.recvfrom_into(memoryview(bytearray(9)))
    scoped.sendto(b"a", ("fe80::1", 5061))
    scoped.sendto(b"b", ("2001:db8::9", 5060))
    scoped.sendto(b"c", ("fe80::2", 5060))
    assert fake.sent == [
        (b"a", ("fe80::1", 5061, 0, 4)), (b"b", ("2001:db8::9", 5060)), (b"c", ("fe80::2", 5060)),
    ]  # fmt: skip


def test_every_address_of_ipv6_answers_from_the_one_that_was_sent_to() -> None:
    fake = FakeSocket(NEIGHBOUR)
    wildcard = WildcardSocket(fake, Scopes())  # type: ignore[arg-type]
    wildcard.recvfrom_into(memoryview(bytearray(9)))
    wildcard.sendto(b"a", ("fe80::1", 5060))
    wildcard.sendto(b"b", ("2001:db8::9", 5060))
    here = socket.inet_pton(socket.AF_INET6, "2001:db8::5")
    assert fake.sent == [(b"a", NEIGHBOUR, here), (b"b", ("2001:db8::9", 5060))]
    fake.broken = True  # that address is gone: the kernel chooses another
    wildcard.sendto(b"c", ("fe80::1", 5060))
    assert fake.sent[-1] == (b"c", NEIGHBOUR)


async def test_a_connection_to_a_link_local_peer_takes_its_interface(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = await start_edge(("tcp", "::1", 0))
    asked: list[str] = []

    async def connect(_factory: object, host: str, *_args: object, **_options: object) -> None:
        asked.append(host)
        raise OSError(errno.ENETUNREACH, "not here")

    streams = edge.transports._streams
    assert streams is not None
    monkeypatch.setattr(streams._connector, "_loop", SimpleNamespace(**{
        name: getattr(streams._loop, name) for name in ("create_task",)
    }, create_connection=connect))  # fmt: skip
    edge.transports._scopes.note(NEIGHBOUR)
    edge.transports.send(b"x", Flow("tcp", "fe80::1", 5060))
    edge.transports.send(b"x", Flow("tcp", "fe80::2", 5060))
    await edge.failure(2)
    assert asked == ["fe80::1%4", "fe80::2"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths_module, "MAX_PEERS", 2)
    scopes = Scopes()
    for number in (1, 2, 1, 3):
        scopes.note((f"fe80::{number}", 5060, 0, 7))
    assert [scopes.address(f"fe80::{number}", 1) for number in (1, 2, 3)] == [
        ("fe80::1", 1), ("fe80::2", 1, 0, 7), ("fe80::3", 1, 0, 7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("host", "kind"),
    [("127.0.0.1", socket.socket), ("::1", ScopedSocket), ("0.0.0.0", WildcardSocket), ("::", WildcardSocket)],
)
def test_only_who_needs_it_pays_for_it(host: str, kind: type) -> None:
    with open_socket("udp", host, 0) as bound:
        assert type(with_way_back(bound, Scopes())) is kind


@pytest.mark.parametrize(("bind", "asked", "own"), [("0.0.0.0", "127.0.0.5", "127.0.0.1"), ("::", "::1", "::1")])
async def test_an_answer_comes_from_the_address_that_was_asked(
    start_edge: StartEdge, bind: str, asked: str, own: str
) -> None:
    edge = await start_edge(("udp", bind, 0))
    with socket.socket(socket.AF_INET6 if ":" in own else socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(PATIENCE)
        phone.bind((own, 0))
        phone.sendto(OPTIONS, (asked, edge.port(0)))
        await edge.messages(1)
        edge.transports.send(b"answer", edge.received[0][1])
        data, source = phone.recvfrom(100)
    assert (data, source[0]) == (b"answer", asked)
