"""One stream connection, with a transport and an owner that only remember."""

import asyncio
from typing import Any

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport.stream import StreamConnection
from sipedge.transport.wire import SipFraming
from tests.sipedge.transport.loopback import OPTIONS


class FakeTransport(asyncio.Transport):
    def __init__(self, peer: tuple[str, int] | None = ("192.0.2.1", 4711)) -> None:
        super().__init__()
        self.peer = peer
        self.written: list[bytes] = []
        self.events: list[str] = []
        self.waiting = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.peer if name == "peername" else self

    def setsockopt(self, *options: int) -> None:
        self.events.append("setsockopt")

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.events.append("abort")

    def close(self) -> None:
        self.events.append("close")


class FakeOwner:
    def __init__(self) -> None:
        self.is_welcoming = True
        self.told: list[tuple[Any, ...]] = []

    def opened(self, connection: StreamConnection) -> bool:
        self.told.append(("opened", connection.flow))
        connection.write(b"what waited")
        return self.is_welcoming

    def heard(self, connection: StreamConnection, *, completed: bool, partial: bool) -> None:
        self.told.append(("heard", completed, partial))

    def knocks(self, connection: StreamConnection) -> None:
        self.told.append(("knocks",))

    def shook(self, connection: StreamConnection) -> None:
        self.told.append(("shook",))

    def closed(self, connection: StreamConnection, why: str, *, lingers: bool) -> None:
        self.told.append(("closed", why))


class Setting:
    def __init__(self) -> None:
        self.owner = FakeOwner()
        self.transport = FakeTransport()
        self.received: list[bytes] = []
        self.patience = 99
        flow = Flow("tcp", "", 0, 1, 7)
        self.connection = StreamConnection(
            flow, self.owner, self.receive, SipFraming(), accepted=True, write_buffer=100
        )

    def receive(self, data: bytes, flow: Flow) -> None:
        assert flow == self.connection.flow
        self.received.append(data)
        if len(self.received) >= self.patience:
            self.connection.abort("enough")

    def open(self) -> StreamConnection:
        self.connection.connection_made(self.transport)
        self.owner.told.clear()
        self.transport.written.clear()
        return self.connection


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_its_flow_is_the_peers_when_it_stands_and_what_waited_goes_out(setting: Setting) -> None:
    setting.connection.connection_made(setting.transport)
    assert setting.connection.flow == Flow("tcp", "192.0.2.1", 4711, 1, 7)
    assert setting.owner.told == [("opened", setting.connection.flow)]
    assert setting.transport.written == [b"what waited"]


def test_a_peer_that_went_as_it_came_is_nobody(setting: Setting) -> None:
    setting.transport.peer = None
    setting.connection.connection_made(setting.transport)
    assert setting.owner.told == []
    assert setting.transport.events == ["abort"]


def test_a_connection_that_may_not_stay_hears_and_says_nothing(setting: Setting) -> None:
    setting.owner.is_welcoming = False
    connection = setting.open()
    assert setting.transport.events[-1] == "abort"
    connection.data_received(OPTIONS)
    connection.write(b"x")
    assert (setting.received, setting.transport.written) == ([], [])


def test_the_owner_hears_whether_a_message_ended_or_began(setting: Setting) -> None:
    connection = setting.open()
    for data in (OPTIONS[:10], OPTIONS[10:], OPTIONS + OPTIONS[:10]):
        connection.data_received(data)
    assert setting.owner.told == [("heard", False, True), ("heard", True, False), ("heard", True, True)]
    assert setting.received == [OPTIONS, OPTIONS]


def test_pings_among_messages_are_answered(setting: Setting) -> None:
    connection = setting.open()
    connection.data_received(b"\r\n\r\n" + OPTIONS + b"\r\n\r\n\r\n\r\n")
    assert b"".join(setting.transport.written) == b"\r\n" * 3
    assert setting.received == [OPTIONS]


def test_what_was_whole_before_an_error_is_received_and_nothing_after(setting: Setting) -> None:
    connection = setting.open()
    connection.data_received(OPTIONS + b"\0rubbish\r\n\r\n" + OPTIONS)
    connection.data_received(OPTIONS)
    assert setting.received == [OPTIONS]
    assert setting.transport.events[-1] == "close"
    assert [what for what, *_ in setting.owner.told] == ["heard", "closed"]


def test_a_receiver_may_close_the_connection_between_two_messages(setting: Setting) -> None:
    connection = setting.open()
    setting.patience = 1
    connection.data_received(OPTIONS * 3)
    assert setting.received == [OPTIONS]
    assert setting.owner.told[-1] == ("closed", "enough")


def test_more_than_the_buffer_may_hold_closes_it(setting: Setting) -> None:
    connection = setting.open()
    setting.transport.waiting = 100
    connection.write(b"fits")
    assert setting.owner.told == []
    setting.transport.waiting = 101
    connection.write(b"too much")
    assert setting.owner.told == [("closed", "the peer does not read")]
    connection.write(b"late")
    assert setting.transport.written == [b"fits", b"too much"]


@pytest.mark.parametrize(
    ("error", "why"), [(None, "closed by the peer"), (ConnectionResetError("reset by peer"), "reset by peer")]
)
def test_its_end_is_told_with_the_reason(setting: Setting, error: Exception | None, why: str) -> None:
    setting.open().connection_lost(error)
    assert setting.owner.told == [("closed", why)]


def test_closing_lets_the_transport_send_the_rest(setting: Setting) -> None:
    connection = setting.open()
    connection.close("done")
    assert setting.transport.events[-1] == "close"
    connection.connection_lost(None)
    connection.close("done")
    connection.abort("again")
    assert setting.transport.events.count("close") == 1
    assert "abort" not in setting.transport.events
