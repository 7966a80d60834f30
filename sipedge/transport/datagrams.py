"""Reading datagrams from a socket: many with one call of the system where that is possible.

Most of what comes in an overload is dropped unread (guards/overload.py), so the price of its reading counts. Linux's
`recvmmsg` brings 64 datagrams at once for two thirds of it. Python's sockets do not have it; the C library does.
"""

from __future__ import annotations

import ctypes
import mmap
import socket
from collections.abc import Callable
from socket import inet_ntoa
from struct import Struct
from typing import Any, Final, TypeAlias

from sipedge.transport.paths import ScopedSocket, WildcardSocket

Datagram: TypeAlias = tuple[bytes, str, int]
"""What came, and from which host and port."""
Read: TypeAlias = Callable[[], list[Datagram]]
"""What has come, some of it at least; nothing when there is nothing, or only the error of a datagram that was sent."""

MANY: Final = 64
_LARGEST: Final = 65_535
# A little more than 64 KiB apart: at multiples of it all datagrams' first bytes would share the same few cache lines.
# Pages that no datagram reached take no memory.
_STRIDE: Final = 65_536 + 192
_STARTS: Final = range(0, MANY * _STRIDE, _STRIDE)
_NAME: Final = Struct("!2xH4s8x")  # sockaddr_in: family, port, address, nothing


class _Part(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """struct mmsghdr: a msghdr, which ends where a pointer could begin (so the padding), and how much came."""

    _fields_ = (
        *(("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32)),
        *(("parts", ctypes.c_void_p), ("part_count", ctypes.c_size_t)),
        *(("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t)),
        *(("flags", ctypes.c_int), ("padding", ctypes.c_void_p * 0), ("size", ctypes.c_uint32)),
    )


_RECVMMSG: Final[Any] = getattr(ctypes.CDLL(None), "recvmmsg", None)
_HEADER_SIZE: Final = ctypes.sizeof(_Header)
_SIZE: Final = Struct(f"={_Header.size.offset}xI{_HEADER_SIZE - _Header.size.offset - 4}x")


class _Many:
    """What `recvmmsg` writes to, for a bound, non-blocking IPv4 socket."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self._memory = mmap.mmap(-1, MANY * _STRIDE)
        self._names = mmap.mmap(-1, MANY * _NAME.size)
        self._parts, self._headers = (_Part * MANY)(), (_Header * MANY)()
        memory, names, parts = map(_address, (self._memory, self._names, self._parts))
        for number, (part, header) in enumerate(zip(self._parts, self._headers, strict=True)):
            part.base, part.length = memory + number * _STRIDE, _LARGEST
            header.name, header.name_length = names + number * _NAME.size, _NAME.size
            header.parts, header.part_count = parts + number * ctypes.sizeof(_Part), 1
        self._start = ctypes.c_void_p(ctypes.addressof(self._headers))
        self._sizes = memoryview(self._headers).cast("B")

    def read(self) -> list[Datagram]:
        """See Read."""
        count = _RECVMMSG(self._socket.fileno(), self._start, MANY, socket.MSG_DONTWAIT, None)
        if count <= 0:
            return []
        memory = self._memory
        sizes = _SIZE.iter_unpack(self._sizes[: count * _HEADER_SIZE])
        names = _NAME.iter_unpack(self._names[: count * _NAME.size])
        return [
            (memory[start : start + size], inet_ntoa(host), port)
            for start, (size,), (port, host) in zip(_STARTS, sizes, names, strict=False)
        ]


def reader(bound: socket.socket, way: socket.socket | ScopedSocket | WildcardSocket) -> Read:
    """How to read from a bound, non-blocking socket, before which `way` stands (see paths.py)."""
    if way is bound and _RECVMMSG is not None:
        return _Many(bound).read
    return one_by_one(way)


def one_by_one(way: socket.socket | ScopedSocket | WildcardSocket) -> Read:
    """How to read from any socket. One at a time: a wildcard socket answers as the datagram came that it read last."""
    # One buffer for good: 64 KiB taken and given back for each datagram make malloc shrink and grow the heap.
    buffer = memoryview(bytearray(_LARGEST))
    recvfrom_into = way.recvfrom_into

    def read() -> list[Datagram]:
        try:
            size, address = recvfrom_into(buffer)
        except OSError:
            return []
        return [(bytes(buffer[:size]), address[0], address[1])]

    return read


def _address(memory: Any) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))
