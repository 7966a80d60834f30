"""Streams of which nobody can tell where a message ends are closed (test_mutations.py sends all other broken input)."""

import socket
from contextlib import suppress

import pytest

from tests.scenarios.running import RunningEdge
from tests.scenarios.waiting import DEADLINE

UNENDING = (
    b"Content-Length: 99999999999999999999\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    b"Content-Length: 3\r\nl: 4\r\n\r\n",
    b"Content-Length: many\r\n\r\n",
    b"Subject: none\r\n\r\n",
    b"X: " + b"x" * 200_000,
)
"""After each of these nobody can tell where the message ends."""


def test_a_stream_whose_end_of_message_cannot_be_found_is_closed(edge: RunningEdge) -> None:
    for head in UNENDING:
        with socket.create_connection(edge.address, DEADLINE) as stream:
            with suppress(BrokenPipeError, ConnectionResetError):
                stream.sendall(b"OPTIONS sip:localhost SIP/2.0\r\n" + head)
            assert _is_closed(stream), head[:60]
    assert edge.answers()


def test_a_stream_that_waits_for_the_rest_of_a_message_is_not(edge: RunningEdge) -> None:
    with socket.create_connection(edge.address, DEADLINE) as stream:
        stream.sendall(b"OPTIONS sip:localhost SIP/2.0\r\nContent-Length: 3\r\n\r\nab")
        assert edge.answers()
        stream.setblocking(False)
        with pytest.raises(BlockingIOError):
            stream.recv(1)


def _is_closed(stream: socket.socket) -> bool:
    """Reads until the edge closes the stream; a TimeoutError says that it does not."""
    try:
        while stream.recv(65_535):
            continue
    except ConnectionResetError:
        return True
    return True
