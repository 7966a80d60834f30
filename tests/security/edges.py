"""What the rows work with: an edge in memory, with its phones, its gateway and somebody who means harm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from sipedge.sip.message import Request, Response
from tests.sipedge.handlers.world import GATEWAY, Phone, World
from tests.sipedge.routing.network import ALICE, BOB

ALICE_URI = "sip:alice@north.example"
BOB_URI = "sip:bob@north.example"
NORTH = "sip:north.example"
OUTSIDE_NUMBER = "sip:01999999@north.example"
STRANGER = "203.0.113.66"
_NUMBERS = count(1)
METHODS = ("INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "NOTIFY", "PUBLISH", "OPTIONS", "FOO")


class Scene:
    """One edge, alice's phone, bob's registered phone, the gateway, and a stranger."""

    def __init__(self, **settings: Any) -> None:
        self.world = World(**settings)
        self.alice = self.world.phone("192.0.2.50")
        self.bob = self.world.phone("192.0.2.70")
        self.gateway = self.world.phone(GATEWAY)
        self.mallory = self.world.phone(STRANGER)

    def with_bob(self) -> Scene:
        """Bob is registered."""
        assert self.bob.register("bob").status_code == 200
        return self

    def bindings(self, facts: object = ALICE) -> list[str]:
        """The contacts of a subscriber."""
        return [binding.contact for binding in self.world.store.bindings.get(facts.id)]

    def call(self, uri: str, *, headers: Sequence[tuple[str, str]] = (), sender: str = ALICE_URI) -> list[Response]:
        """Alice calls, with the right digest; what came back after the challenge."""
        invite = self.alice.request("INVITE", uri, sender=sender, headers=headers)
        return self.alice.ask_as("alice", invite, status=407)

    def incoming(self) -> Request:
        """The gateway calls bob; the INVITE as bob got it."""
        self.gateway.ask(
            self.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
        )
        invite: Request = one(self.bob.received())
        return invite

    def standing(self) -> tuple[Request, Response]:
        """A call from the gateway that bob has answered: the INVITE as he got it, the 200 as the gateway got it."""
        invite = self.with_bob().incoming()
        self.bob.answer(invite, 200)
        ok: Response = one(self.gateway.received())
        self.gateway.send(self.gateway.in_dialog("ACK", ok, cseq=1))
        self.bob.received()
        return invite, ok

    def assert_nothing_left(self) -> None:
        """Nothing was sent to anybody but those who have looked already."""
        assert [(flow.host, data.split(b"\r\n", 1)[0]) for data, flow in self.world.wire] == []

    def assert_nothing_left_but(self, phone: Phone) -> None:
        """The same, when this one has looked as well."""
        phone.received()
        self.assert_nothing_left()

    def assert_well(self) -> None:
        """No exception of our own, and the edge answers."""
        assert self.world.telemetry.exceptions == 0
        assert statuses(self.bob.ask(self.bob.request("OPTIONS", "sip:192.0.2.1:5060", sender=BOB_URI))) == [200]


def register(phone: Phone, username: str = "alice", **changes: str) -> Request:
    """A REGISTER without credentials; headers by name with underscores."""
    aor = f"sip:{username}@north.example"
    message = phone.request("REGISTER", NORTH, sender=aor, to=aor)
    for name, value in changes.items():
        message.set(name.replace("_", "-"), value)
    return message


def one(messages: Sequence[Any]) -> Any:
    """The only one."""
    assert len(messages) == 1, messages
    return messages[0]


def statuses(messages: Iterable[object]) -> list[int]:
    """Status codes; 0 for a request."""
    return [message.status_code if isinstance(message, Response) else 0 for message in messages]


def again(message: Request, phone: Phone, **changes: str) -> Request:
    """The same request as somebody else would send it: on a transaction of his own."""
    copy = message.copy()
    transport = phone.flow.transport.upper()
    copy.set("Via", f"SIP/2.0/{transport} {phone.flow.host}:{phone.flow.port};branch=z9hG4bKagain{next(_NUMBERS)}")
    for name, value in changes.items():
        copy.set(name.replace("_", "-"), value)
    return copy


def wire(*lines: str, method: str = "OPTIONS", uri: str = "sip:192.0.2.1", body: str = "") -> bytes:
    """A request with exactly these lines besides the mandatory ones."""
    head = [
        f"{method} {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKwire",
        "From: <sip:alice@north.example>;tag=1",
        "To: <sip:bob@north.example>",
        "Call-ID: wire",
        f"CSeq: 1 {method}",
        *lines,
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")


__all__ = ["ALICE", "ALICE_URI", "BOB", "BOB_URI", "METHODS", "NORTH", "OUTSIDE_NUMBER", "Scene"]
