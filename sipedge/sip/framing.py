"""Cutting a byte stream into messages (RFC 3261 §18.3) and keep-alives (RFC 5626 §3.5.1).

In a stream, Content-Length alone says where a message ends; when it cannot be trusted, nothing that
follows can be, so the stream has to be closed. Never more than one message is held here.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from sipedge.sip.parse import MAX_MESSAGE

_HEAD_END: Final = b"\r\n\r\n"
_LINE_ENDS: Final = b"\r\n"
_TOKEN_BYTES: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~"
# Only at the start of a line, so never inside a folded value; its own value may be folded.
_CONTENT_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:([^\r\n]*+(?>(?:\r\n[ \t][^\r\n]*+)*))", re.IGNORECASE)
_NUMBER = re.compile(rb"[ \t\r\n]*+([0-9]{1,10})[ \t\r\n]*+")


class KeepAlive(Enum):
    """What else than a message can stand in a stream. PING: a double CRLF; one CRLF is owed in return."""

    PING = "ping"


KEEPALIVE: Final = KeepAlive.PING

Framed = bytes | KeepAlive


class FramingError(Exception):
    """The stream cannot be cut any further: close it.

    status: what the sender would be owed. reason: its reason phrase. complete: what had become complete
    in the same read before the error. head: the header section at fault, b'' when there is none.
    """

    def __init__(self, reason: str, status: int = 400, head: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.head = head
        self.complete: tuple[Framed, ...] = ()


class StreamFramer:
    """Collects the bytes of one stream connection, at most MAX_MESSAGE of them and one read."""

    __slots__ = ("_buffer", "_length", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no header section ends before this position of the buffer
        self._length = 0  # of the message in front; 0 while its header section is incomplete

    @property
    def has_partial(self) -> bool:
        """Whether a message has begun and not ended: the time that a sender has for it is running."""
        return len(self._buffer) > 2 or (len(self._buffer) > 0 and self._buffer[0] not in _LINE_ENDS)

    def feed(self, data: bytes) -> list[Framed]:
        """Take in what was read; give back what became complete, in order. Raises FramingError."""
        self._buffer += data
        complete: list[Framed] = []
        try:
            while self._buffer:
                item = self._line_ends() if self._buffer[0] in _LINE_ENDS else self._message()
                if item is None:
                    break
                complete += item
        except FramingError as error:
            error.complete = tuple(complete)
            self._buffer.clear()
            raise
        return complete

    def _line_ends(self) -> list[Framed] | None:
        """CRLF between messages: two are a ping, one alone is an answer to ours or padding (§7.5)."""
        front = bytes(self._buffer[:4])
        if front == _HEAD_END:
            del self._buffer[:4]
            return [KEEPALIVE]
        if _HEAD_END.startswith(front):
            return None
        if not front.startswith(b"\r\n") or front[2:3] == b"\r":
            raise FramingError("Stray CR Or LF")
        del self._buffer[:2]
        return []

    def _message(self) -> list[Framed] | None:
        if not self._length:
            self._length = self._measure()
        if not self._length or len(self._buffer) < self._length:
            return None
        message = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = self._searched = 0
        return [message]

    def _measure(self) -> int:
        """The length of the message in front, 0 while it cannot be known."""
        if self._buffer[0] not in _TOKEN_BYTES:
            raise FramingError("Not SIP")
        end = self._buffer.find(_HEAD_END, self._searched, MAX_MESSAGE)
        if end < 0:
            if len(self._buffer) >= MAX_MESSAGE:
                raise FramingError("Message Too Large", 513)
            self._searched = max(len(self._buffer) - 3, 0)
            return 0
        head = bytes(self._buffer[:end])
        length = end + len(_HEAD_END) + _content_length(head)
        if length > MAX_MESSAGE:
            raise FramingError("Message Too Large", 513, head)
        return length


def _content_length(head: bytes) -> int:
    values = _CONTENT_LENGTH.findall(head)
    if not values:
        raise FramingError("Missing Content-Length", head=head)  # §20.14: mandatory in streams
    if len(values) > 1:
        raise FramingError("Several Content-Length", head=head)
    number = _NUMBER.fullmatch(values[0])
    if number is None:
        raise FramingError("Malformed Content-Length", head=head)
    return int(number[1])
