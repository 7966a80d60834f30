"""One TLS connection without its socket: ciphertext in, plaintext out, and the other way round (RFC 5246, RFC 8446).

The handshake is done here and not by asyncio, so that a connection counts against the caps and the time-outs from
its first byte, and a reload of certificates needs nothing from the loop.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Final, cast

_CHUNK: Final = 65_536


class TlsError(Exception):
    """The handshake failed, or what came is no TLS; the text says why. `TlsSession.outgoing` may hold an alert."""


class TlsSession:
    """One end of a TLS connection.

    context: whose certificates and checks. server_name: the host that the peer has to be, '' for whoever accepts;
    for a client only.
    """

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, server_name: str = "") -> None:
        self.is_established = False
        self.has_ended = False  # the peer said that nothing more will come
        self.peer_names: tuple[str, ...] = ()
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._waiting: list[bytes] = []
        self.waiting_size = 0
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name or None
        )

    def receive(self, data: bytes) -> bytes:
        """Take in what the socket read; give back the plaintext in it. A client begins with b"". Raises TlsError."""
        self._incoming.write(data)
        if not self.is_established:
            self._run(self._shake)
        chunks: list[bytes] = []
        if self.is_established:
            self._run(lambda: self._read(chunks))
        return b"".join(chunks)

    def send(self, data: bytes) -> None:
        """Encrypt; before the end of the handshake it waits for that. Raises TlsError."""
        if self.is_established:
            self._run(lambda: self._object.write(data))
        else:
            self._waiting.append(data)
            self.waiting_size += len(data)

    def close(self) -> None:
        """Say that nothing more will come (close_notify)."""
        try:
            self._object.unwrap()
        except (OSError, ValueError):  # the peer's own is not waited for; or there was no handshake
            return

    def outgoing(self) -> bytes:
        """What the socket has to send now."""
        return self._outgoing.read()

    def _shake(self) -> None:
        self._object.do_handshake()
        self.is_established = True
        self.peer_names = _names(self._object.getpeercert())
        waiting, self._waiting, self.waiting_size = self._waiting, [], 0
        for data in waiting:
            self._object.write(data)

    def _read(self, chunks: list[bytes]) -> None:
        while chunk := self._object.read(_CHUNK):
            chunks.append(chunk)
        self.has_ended = True

    def _run(self, step: Callable[[], object]) -> None:
        try:
            step()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLZeroReturnError:
            self.has_ended = True
        except ssl.SSLCertVerificationError as error:
            raise TlsError(f"TLS: {error.verify_message}") from error
        except OSError as error:  # ssl.SSLError is one, and not all of OpenSSL's are that
            reason = getattr(error, "reason", None) or str(error)
            raise TlsError(f"TLS: {reason.replace('_', ' ').lower()}") from error


def _names(certificate: Any) -> tuple[str, ...]:
    """DNS names and URIs of a certificate that was verified, () of one that was not or is not there."""
    alternatives = cast("tuple[tuple[str, str], ...]", (certificate or {}).get("subjectAltName", ()))
    return tuple(value for kind, value in alternatives if kind in ("DNS", "URI"))
