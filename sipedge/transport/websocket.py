"""SIP over WebSocket (RFC 7118): the upgrade, and one SIP message in each WebSocket message.

The library `websockets` does RFC 6455.

A browser says which site's page it acts for (Origin, RFC 6454); only pages that the operator named may speak SIP
here. Whoever is no browser says none, or anything: the list protects users of browsers, not the edge.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from websockets.exceptions import NegotiationError
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from sipedge.sip.parse import MAX_MESSAGE
from sipedge.transport.wire import Fed

_SIP: Final = Subprotocol("sip")  # RFC 7118 §4
_MAX_UPGRADE: Final = 16_384  # bytes; a browser's request with its cookies has some 2,000
_CRLF: Final = b"\r\n"
_LOGGER: Final = logging.getLogger("websockets.sipedge")
_LOGGER.setLevel(logging.CRITICAL)  # what matters is in the reason that the connection ends with
_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class WebSocketFraming:
    """A WebSocket server's end, as a Framing.

    origins: scheme://host[:port] of the pages that may connect, None for all.
    """

    pings: Final = True

    def __init__(self, origins: Sequence[str] | None) -> None:
        allowed = None if origins is None else [*map(Origin, origins), None]
        self._protocol = ServerProtocol(origins=allowed, subprotocols=[_SIP], max_size=MAX_MESSAGE, logger=_LOGGER)
        self._upgrading = 0  # bytes of the request so far
        self._fragments: list[Frame] = []
        self._unframed = 0  # bytes of a frame that has begun

    @property
    def has_partial(self) -> bool:
        """See Framing. The upgrade counts, and a message whose last fragment is missing."""
        return self._protocol.state is State.CONNECTING or bool(self._fragments) or self._unframed > 0

    def feed(self, data: bytes) -> Fed:
        """See Framing."""
        protocol = self._protocol
        is_new = protocol.state is State.CONNECTING
        if is_new:
            self._upgrading += len(data)
            if self._upgrading > _MAX_UPGRADE:
                return self._too_large()
        else:
            self._unframed += len(data)
        protocol.receive_data(data)
        messages: list[bytes] = []
        completed = False
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(self._judge(event))
            elif isinstance(event, Frame) and protocol.state is not State.CONNECTING:
                completed |= self._frame(event, messages)
        writes = protocol.data_to_send()
        owed = b"".join(writes)
        ending = self._why() if SEND_EOF in writes or protocol.eof_sent else ""
        if ending and is_new and not owed:
            owed = _answer(protocol.reject(HTTPStatus.BAD_REQUEST, "This is no WebSocket handshake.\n"))
        return Fed(messages, owed, completed or (is_new and protocol.state is State.OPEN), ending)

    def wrap(self, message: bytes) -> bytes:
        """See Framing. Text where it is UTF-8: browsers' SIP stacks like that better (RFC 7118 §5)."""
        protocol = self._protocol
        if protocol.state is not State.OPEN:
            return b""
        if _is_utf8(message):
            protocol.send_text(message)
        else:
            protocol.send_binary(message)
        return b"".join(protocol.data_to_send())

    def ping(self) -> bytes:
        """See Framing (RFC 7118 §6)."""
        if self._protocol.state is not State.OPEN:
            return b""
        self._protocol.send_ping(b"")
        return b"".join(self._protocol.data_to_send())

    def goodbye(self) -> bytes:
        """See Framing."""
        if self._protocol.state is not State.OPEN:
            return b""
        self._protocol.send_close(CloseCode.GOING_AWAY)
        return b"".join(self._protocol.data_to_send())

    def _judge(self, request: Request) -> Response:
        protocol = self._protocol
        response = protocol.accept(request)
        if isinstance(protocol.handshake_exc, NegotiationError):
            text = "This is a SIP server: ask for the WebSocket subprotocol 'sip' (Sec-WebSocket-Protocol: sip).\n"
            response = protocol.reject(HTTPStatus.BAD_REQUEST, text)
        elif response.status_code == HTTPStatus.FORBIDDEN:
            text = "Pages of this origin may not connect: the operator allows origins by SIP_WS_ORIGINS.\n"
            response = protocol.reject(HTTPStatus.FORBIDDEN, text)
        return response

    def _frame(self, frame: Frame, messages: list[bytes]) -> bool:
        """True: something became whole."""
        self._unframed = max(self._unframed - _size(frame), 0)
        if frame.opcode not in _DATA:
            return not self._fragments
        self._fragments.append(frame)
        if not frame.fin:
            return False
        fragments, self._fragments = self._fragments, []
        message = b"".join(bytes(fragment.data) for fragment in fragments)
        if fragments[0].opcode is Opcode.TEXT and not _is_utf8(message):
            if self._protocol.state is State.OPEN:
                self._protocol.fail(CloseCode.INVALID_DATA, "text has to be UTF-8")
        elif message.strip(_CRLF):
            messages.append(message)
        elif message == 2 * _CRLF and self._protocol.state is State.OPEN:  # RFC 7118 §6, RFC 5626 §3.5.1
            self._protocol.send_text(_CRLF)
        return True

    def _why(self) -> str:
        protocol = self._protocol
        if protocol.handshake_exc is not None:
            return f"no WebSocket: {protocol.handshake_exc}"
        if protocol.close_rcvd is not None and protocol.parser_exc is None:
            return "closed by the peer"
        return f"WebSocket: {protocol.close_sent.reason if protocol.close_sent else protocol.parser_exc}"

    def _too_large(self) -> Fed:
        response = self._protocol.reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request is too large.\n")
        return Fed([], _answer(response), completed=False, ending="no WebSocket: the request is too large")


def _answer(response: Response) -> bytes:
    return response.serialize()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _size(frame: Frame) -> int:
    """Bytes that a client's frame has on the wire (RFC 6455 §5.2): it is masked, and its length is written briefly."""
    length = len(frame.data)
    return length + (6 if length < 126 else 8 if length < 65_536 else 14)
