"""How messages lie in a connection's bytes: SIP's own framing for TCP and TLS; websocket.py has the other one."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from sipedge.sip.framing import Framed, FramingError, StreamFramer

_PONG: Final = b"\r\n"  # RFC 5626 §3.5.1


class Fed(NamedTuple):
    """What bytes that came have led to.

    messages: whole SIP messages, in order. owed: what is to be sent back at once (keep-alives, a handshake).
    completed: something became whole, so the peer is no slow sender. ending: why the connection has to end now, ''
    when it goes on; `owed` is sent before.
    """

    messages: list[bytes]
    owed: bytes
    completed: bool
    ending: str = ""


class Framing(Protocol):
    """Cuts messages out of a stream, and puts them into one."""

    @property
    def pings(self) -> bool:
        """Whether there is something to ask by."""
        ...

    @property
    def has_partial(self) -> bool:
        """Whether something has begun that has not ended: the time that a sender has for it is running."""
        ...

    def feed(self, data: bytes) -> Fed:
        """Take in what was read. Never raises."""
        ...

    def wrap(self, message: bytes) -> bytes:
        """The bytes that carry a message; b'' where none can be carried any more."""
        ...

    def ping(self) -> bytes:
        """What asks a silent peer whether it is still there; b'' where nothing does."""
        ...

    def goodbye(self) -> bytes:
        """What is said before we close."""
        ...


class SipFraming:
    """RFC 3261 §18.3, with the keep-alives of RFC 5626 §3.5.1, which only clients send."""

    __slots__ = ("_framer",)

    pings: Final = False  # a server has none (RFC 5626 §4.4); the kernel finds out that a peer is gone

    def __init__(self) -> None:
        self._framer = StreamFramer()

    @property
    def has_partial(self) -> bool:
        """See Framing."""
        return self._framer.has_partial

    def feed(self, data: bytes) -> Fed:
        """See Framing. Whatever is wrong in a stream ends it: nothing that follows could be trusted."""
        ending = ""
        try:
            complete: list[Framed] | tuple[Framed, ...] = self._framer.feed(data)
        except FramingError as error:
            complete, ending = error.complete, f"not SIP: {error.reason}"
        messages = [item for item in complete if isinstance(item, bytes)]
        return Fed(messages, _PONG * (len(complete) - len(messages)), bool(complete), ending)

    def wrap(self, message: bytes) -> bytes:
        """See Framing."""
        return message

    def ping(self) -> bytes:
        """See Framing."""
        return b""

    def goodbye(self) -> bytes:
        """See Framing."""
        return b""
