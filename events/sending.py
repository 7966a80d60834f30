"""One POST to somebody's server: to an address that was looked at, within ten seconds, whatever the server does.

The name is resolved here, every address of it judged (addresses.py), and the connection goes to the very address that
was judged, with TLS for the name: a name that leads elsewhere a moment later leads nowhere. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.resolver

from events.addresses import Network, is_allowed

CONNECT_SECONDS: Final = 5.0
WHOLE_SECONDS: Final = 10.0
MAX_ANSWER: Final = 1_024
"""Bytes of the answer that are read: enough for a person to see what is wrong."""

Resolve: TypeAlias = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of it. status: of HTTP; None where there was no answer. error: why it counts as not delivered."""

    status: int | None
    error: str
    answer: str = ""
    is_hopeless: bool = False
    """Nothing was sent, and nothing can be."""

    @property
    def is_delivered(self) -> bool:
        """Whether the server took it."""
        return not self.error

    @property
    def is_the_servers(self) -> bool:
        """Whether the server fails as a whole, rather than refuses this one."""
        return self.status is None or self.status >= 500 or self.status in (408, 429)


def resolve(host: str) -> list[str]:
    """The addresses of a name, from the machine's resolvers. Raises OSError."""
    if host.rstrip(".") == "localhost":
        return ["127.0.0.1", "::1"]
    try:
        name = dns.name.from_text(host)
        return list(_resolver().resolve_name(name, lifetime=CONNECT_SECONDS, search=False).addresses())
    except (dns.exception.DNSException, UnicodeError) as error:
        raise OSError(f"the name cannot be resolved ({type(error).__name__})") from error


@lru_cache(maxsize=1)
def _resolver() -> dns.resolver.Resolver:
    return dns.resolver.Resolver()


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Iterable[Network] = (),
    lookup: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
) -> Sent:
    """Send a body; never raises for what the server, its name or its network does.

    allowed: internal networks that may be sent to. tls: instead of the system's authorities.
    """
    until = time.monotonic() + WHOLE_SECONDS
    try:
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        address = _address_of(host, tuple(allowed), lookup)
        sock = socket.create_connection((address, parts.port or (443 if is_tls else 80)), timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        return Sent(None, _said(error))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    named = {**headers, "Host": parts.netloc, "Connection": "close"}
    with _watched(sock, until):
        try:
            if is_tls:
                sock = (tls or _tls()).wrap_socket(sock, server_hostname=host)
            sent = _exchange(sock, target, body, named)
        except (OSError, http.client.HTTPException, ValueError) as error:
            sent = Sent(None, _said(error))
    # An answer that was cut off may look whole.
    is_late = time.monotonic() >= until
    return Sent(None, f"no whole answer within {WHOLE_SECONDS:.0f} seconds") if is_late else sent


@contextmanager
def _watched(sock: socket.socket, until: float) -> Iterator[None]:
    """Whatever is done with a connection in the block ends at a time, and the connection with the block."""
    sock.settimeout(WHOLE_SECONDS)
    guard = sock.dup()  # what TLS makes of a socket is another object, for the same connection
    watch = threading.Timer(max(0.1, until - time.monotonic()), _shut, [guard])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        _shut(guard)
        sock.close()
        guard.close()


def _address_of(host: str, allowed: tuple[Network, ...], lookup: Resolve) -> str:
    """The address to connect to. Raises OSError where the name has none, or one that is not to be sent to."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
        found = [host]
    except OSError:
        found = lookup(host)
    if not found:
        raise OSError("the name has no address")
    if not all(is_allowed(address, allowed) for address in found):
        raise OSError("the name leads to an address that is not of the public internet")
    return found[0]


def _exchange(sock: socket.socket, target: str, body: bytes, headers: Mapping[str, str]) -> Sent:
    connection = http.client.HTTPConnection("webhook")  # its name is in the headers, its socket is there
    connection.sock = sock
    with sock:
        return _asked(connection, target, body, headers)


def _asked(connection: http.client.HTTPConnection, target: str, body: bytes, headers: Mapping[str, str]) -> Sent:
    connection.request("POST", target, body, dict(headers))
    response = connection.getresponse()
    text = response.read(MAX_ANSWER).decode("utf-8", "replace").replace("\0", "")
    status = response.status
    if 200 <= status < 300:
        return Sent(status, "", text)
    why = "redirects are not followed" if 300 <= status < 400 else _shown(response.reason, 100)
    return Sent(status, f"{status} {why}".strip(), text)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _shut(sock: socket.socket) -> None:
    """End whatever is being waited for at this socket."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no connection within {CONNECT_SECONDS:.0f} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _shown(f"the certificate is not accepted: {error.verify_message}", 300)
    return _shown(str(getattr(error, "strerror", None) or error or type(error).__name__), 300)


def _shown(text: str, most: int) -> str:
    """What a server said, in one line that can be stored and shown, of at most so many characters."""
    plain = "".join(character if character.isprintable() else " " for character in text[: 4 * most])
    return " ".join(plain.split())[:most]
