"""The edge that targets talk to: all of it but sockets and database, and no exception of it goes unseen."""

from __future__ import annotations

from typing import Final

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, parse
from tests.sipedge.handlers.world import GATEWAY, World

PHONE: Final = Flow("udp", "192.0.2.50", 5060, 0)
SENDERS: Final = {b"0": PHONE, b"1": Flow("udp", GATEWAY, 5060, 0), b"2": Flow("tcp", "192.0.2.51", 4711, 1, 99)}
"""A stranger, a gateway, a stranger's stream."""
_MESSAGES: Final = 2_000
_TICK: Final = 0.1  # seconds that pass after each message


class FuzzedEdge:
    """Takes messages; it is replaced by a new one now and then, so that it does not grow without end."""

    def __init__(self) -> None:
        self._left = 0
        self._world = World()

    def answers(self, data: bytes, sender: Flow) -> list[int]:
        """Give it a message; return the status codes that the sender gets. Raises what broke its code."""
        if self._left == 0:
            self._left = _MESSAGES
            self._world = World()
            self._world.telemetry.exception = _fail  # type: ignore[method-assign]
        self._left -= 1
        world = self._world
        world.engine.receive(data, sender)
        world.pass_time(_TICK)
        sent = [parse(sent) for sent, flow in world.wire if flow[:3] == sender[:3]]
        world.wire.clear()
        return [message.status_code for message in sent if isinstance(message, Response)]

    @staticmethod
    def register(authorization: str) -> Request:
        """A REGISTER of Alice, with these credentials."""
        alice = "<sip:alice@north.example>"
        headers = [
            ("Via", "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK1"),
            ("From", f"{alice};tag=1"),
            ("To", alice),
            ("Call-ID", "a"),
            ("CSeq", "1 REGISTER"),
            ("Contact", "<sip:alice@192.0.2.50>"),
            ("Authorization", authorization),
        ]
        return Request("REGISTER", "sip:north.example", headers)


def _fail(where: str, error: BaseException, _message: object = None) -> None:
    raise AssertionError(f"an exception got as far as the {where}") from error
