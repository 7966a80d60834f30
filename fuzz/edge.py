"""The edge that targets talk to: all of it but sockets and database, and no exception of it goes unseen.

What only the edge can know stands as a placeholder in an input, so that calls get further than their first message:
`~digest~` is replaced by Alice's credentials for the message that it stands in, `~via~` and `~route~` by Via and
Record-Route of the last request that the edge forwarded.
"""

from __future__ import annotations

from typing import Final

from sipedge.proxy.locate import literal_flow
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, ParseError, Request, Response, parse
from sipedge.sip.uri import Uri
from sipedge.sip.validate import validate_request
from sipedge.store.waiting import Waiting, failed, resolved
from sipedge.transport.resolver import Unresolvable
from tests.sipedge.handlers.world import GATEWAY, Phone, World
from tests.sipedge.routing.network import BOB, binding

ALICE: Final = Flow("udp", "192.0.2.50", 5060, 0)
BOBS: Final = Flow("udp", "192.0.2.60", 5060, 0)
SENDERS: Final = {
    b"a": ALICE,
    b"b": BOBS,
    b"g": Flow("udp", GATEWAY, 5060, 0),
    b"s": Flow("tcp", "192.0.2.51", 4711, 1, 99),
}
"""Alice's phone, which is not registered; Bob's, which is; a gateway; a stranger's stream."""
SEPARATOR: Final = b"\n~~\n"
_PATIENCE: Final = b"t"  # instead of a sender: time passes
_EXCUSED: Final = ("Too Many Header Fields", "Too Many Via")
"""What a request at the very limit comes to be by the headers that forwarding adds."""
_MOST_MESSAGES: Final = 10


class FuzzedEdge:
    """A new edge, for one input."""

    def __init__(self) -> None:
        self.world = World()
        self.world.telemetry.exception = _fail  # type: ignore[method-assign]
        self.world.engine.services.resolver = _NoNames()  # type: ignore[assignment]
        self.world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.60", flow="udp:192.0.2.60:5060"))
        self._via = b""
        self._route = b""

    def take(self, data: bytes) -> None:
        """Give it the messages of an input, the first byte of each saying who sends it. Raises what broke its code."""
        for item in data.split(SEPARATOR)[:_MOST_MESSAGES]:
            if item[:1] == _PATIENCE:
                self.world.pass_time(35.0, step=1.0)
                self._read_all(ALICE)
            else:
                self.answers(self._filled(item[1:]), SENDERS.get(item[:1], ALICE))

    def answers(self, data: bytes, sender: Flow) -> list[int]:
        """Give it one message; return the status codes that its sender gets."""
        self.world.engine.receive(data, sender)
        self.world.pass_time(0.1)
        return self._read_all(sender)

    def _read_all(self, sender: Flow) -> list[int]:
        """Whatever the edge has written can be read, and is well-formed; the status codes that this sender gets."""
        world = self.world
        statuses = []
        for written, flow in world.wire:
            message = parse(written)  # what the edge sends can be read
            if isinstance(message, Response):
                statuses += [message.status_code] if flow[:3] == sender[:3] else []
            else:
                rejection = validate_request(message)
                assert rejection is None or rejection.reason in _EXCUSED, (rejection, written)
                self._note(message)
        world.wire.clear()
        return statuses

    def _filled(self, data: bytes) -> bytes:
        if b"~digest~" in data:
            data = data.replace(b"~digest~", self._credentials(data))
        return data.replace(b"~via~", self._via).replace(b"~route~", self._route)

    def _note(self, forwarded: Request) -> None:
        self._via = ", ".join(forwarded.get_all("Via")).encode("utf-8", "surrogateescape")
        route = forwarded.get("Record-Route")
        if route is not None:
            self._route = route.encode("utf-8", "surrogateescape")

    def _credentials(self, data: bytes) -> bytes:
        """Alice's, for the method and the request URI of the message; b"" when it cannot have any."""
        phone = Phone(self.world, ALICE)
        alice = "sip:alice@north.example"
        (challenge,) = phone.ask(phone.request("REGISTER", "sip:north.example", sender=alice, to=alice))
        try:
            request = parse(data)
            assert isinstance(request, Request)
            request.set("CSeq", "1 X")
            request.set("Via", "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK1")
            signed = phone.authorised(challenge, request, "alice")
        except (ParseError, HeaderError, AssertionError, UnicodeEncodeError):
            return b""
        return (signed.get_all("Authorization")[-1]).encode("utf-8", "surrogateescape")


class _NoNames:
    """In place of the resolver: literals alone have a destination, and nobody is asked."""

    def locate(self, uri: Uri) -> Waiting[tuple[Flow, ...]]:
        """See Resolver."""
        literal = literal_flow(uri)
        return resolved((literal,)) if literal else failed(Unresolvable(uri.host))


def _fail(where: str, error: BaseException, _message: object = None) -> None:
    raise AssertionError(f"an exception got as far as the {where}") from error
