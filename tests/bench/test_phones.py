"""Phones by our own driver, against the real edge in memory."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.driver import WrongAnswerError
from bench.phones import Phones, nonce_of
from bench.places import HOST
from sipedge.auth.ha1 import Ha1Set
from sipedge.sip.flow import Flow
from tests.sipedge.handlers.world import World
from tests.sipedge.routing.network import NORTH, subscriber


class OnTheWire:
    """The edge of the handlers' tests, with one real socket."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World()
        self.statuses: list[bytes] = []
        monkeypatch.setattr("bench.phones.DOMAIN", NORTH.name)
        monkeypatch.setattr("bench.phones._URI", f"sip:{NORTH.name}")
        ha2 = hashlib.md5(f"REGISTER:sip:{NORTH.name}".encode(), usedforsecurity=False).hexdigest()
        monkeypatch.setattr("bench.phones._HA2", ha2)
        for number in range(3):
            ha1 = Ha1Set.from_password(f"u{number}", NORTH.name, "pw")
            facts = subscriber(100 + number, f"u{number}", NORTH, credentials=[ha1])
            self.world.store.subscribers.put((NORTH.id, f"u{number}"), facts)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.socket.settimeout(0.05)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while not self.stop.is_set():
            try:
                data, source = self.socket.recvfrom(65_535)
            except TimeoutError:
                continue
            self.world.engine.receive(data, Flow("udp", *source, 0))
            for answer, flow in self.world.wire:
                self.statuses.append(answer[8:11])
                self.socket.sendto(answer, (flow.host, flow.port))
            self.world.wire.clear()


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Iterator[OnTheWire]:
    wire = OnTheWire(monkeypatch)
    with closing(wire.socket):
        yield wire
        wire.stop.set()
        wire.thread.join()


@pytest.fixture
def phones(edge: OnTheWire) -> Phones:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind((HOST, 0))
        place = probe.getsockname()
    return Phones([f"u{number}" for number in range(3)], "pw", place, edge.socket.getsockname())


def test_a_full_registration_is_two_requests(edge: OnTheWire, phones: Phones) -> None:
    assert phones.register(3, 1000).why_not(3) == ""
    assert sorted(edge.statuses) == [b"200"] * 3 + [b"401"] * 3


def test_a_refresh_is_one_and_again(edge: OnTheWire, phones: Phones) -> None:
    phones.register(3, 1000)
    edge.statuses.clear()
    assert phones.refresh(9, 1000).why_not(9) == ""
    assert edge.statuses == [b"200"] * 9


def test_without_a_known_nonce_a_refresh_fails_or_becomes_a_registration(edge: OnTheWire, phones: Phones) -> None:
    assert phones.refresh(3, 1000).failed == 3
    assert phones.refresh(3, 1000, challenges=True).why_not(3) == ""


def test_phones_go(edge: OnTheWire, phones: Phones) -> None:
    phones.register(3, 1000)
    assert phones.unregister(2, 1000).why_not(2) == ""
    found = [edge.world.store.bindings.get(100 + number) for number in range(3)]
    assert [len(bindings) for bindings in found] == [0, 0, 1]


def test_the_nonce_is_read_from_the_challenge() -> None:
    assert nonce_of(b'WWW-Authenticate: Digest realm="a", nonce="b7", qop="auth"\r\n') == "b7"
    with pytest.raises(WrongAnswerError):
        nonce_of(b"SIP/2.0 401 Unauthorized\r\n\r\n")
    with pytest.raises(WrongAnswerError):
        nonce_of(b'nonce="cut')
