"""A real HTTP(S) server on loopback that takes webhooks: what came, and what it is to answer."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """answers: the statuses of the next requests; 200 when there are none left. delay: seconds before each answer."""

    port: int = 0
    scheme: str = "http"
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    text: str = "well"
    location: str = ""
    came: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        """Where it listens."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def wait_for(self, count: int, seconds: float = 20) -> list[Received]:
        """What came, when so many did."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= count, seconds), self.received
            return list(self.received)


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A server that runs until the end of the block."""
    known = Receiver(scheme="https" if tls else "http")
    server = Server(known, tls)
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Server(ThreadingHTTPServer):
    """Listens on a port of its own."""

    daemon_threads = True

    def __init__(self, known: Receiver, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.known, self.tls = known, tls

    def handle_error(self, *_: Any) -> None:
        """Clients go away: that is what some tests are about."""

    def get_request(self) -> Any:
        """A connection, perhaps with TLS."""
        sock, address = super().get_request()
        sock.settimeout(20)
        return (self.tls.wrap_socket(sock, server_side=True) if self.tls else sock), address


class Handler(BaseHTTPRequestHandler):
    """Notes what comes, and answers as it was told to."""

    server: Server

    def do_POST(self) -> None:
        known = self.server.known
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = known.answers.pop(0) if known.answers else 200
        with known.came:
            known.received.append(Received(self.path, dict(self.headers), body))
            known.came.notify_all()
        time.sleep(known.delay)
        self.send_response(status)
        if known.location:
            self.send_header("Location", known.location)
        self.end_headers()
        self.wfile.write(known.text.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
