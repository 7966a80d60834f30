"""`python -m bench.soak.strangers TASK`: those who have no business here. Started by the soak.

Wrong passwords and unknown users (from addresses that get banned for it, one after the other), rubbish, and TCP and
TLS connections that come, say something or nothing or half a message, and go. Each is answered as it should be, or
counted as wrong. One line of JSON every few seconds.
"""

from __future__ import annotations

import json
import secrets
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Final

from bench.phones import nonce_of
from bench.seed import DOMAIN
from bench.soak.mix import Task

PAUSE: Final = 0.05
REPORT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 2.0
TRIES_OF_ONE: Final = 150
"""Wrong passwords from one address: more than it takes to be banned (100), so some are not answered."""
_ADDRESSES: Final = 200
_RUBBISH: Final = (b"\x00" * 40, b"GET / HTTP/1.1\r\n\r\n", b"INVITE sip:a SIP/2.0\r\n\r\n", b"\r\n\r\n", b"x" * 3000)


class Strangers:
    """All of them; `outcomes` counts what came of each."""

    def __init__(self, task: Task) -> None:
        self.outcomes: Counter[str] = Counter()
        self._target = task.target
        self._tls = (task.target[0], task.tls)
        self._number = count(1)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE  # the soak's own throw-away certificate

    def next(self) -> None:
        """The next one does what it does."""
        number = next(self._number)
        kinds: tuple[Callable[[int], str], ...] = (
            self._wrong_password, self._unknown, self._rubbish, self._says_options, self._half, self._tls_options,
        )  # fmt: skip
        kind = kinds[number % len(kinds)]
        try:
            outcome = kind(number)
        except OSError as error:
            outcome = f"error: {type(error).__name__}"
        self.outcomes[f"{kind.__name__.strip('_')}: {outcome}"] += 1

    def _wrong_password(self, number: int) -> str:
        return self._guess(number, "u1")

    def _unknown(self, number: int) -> str:
        return self._guess(number, f"nobody{number}")

    def _guess(self, number: int, name: str) -> str:
        """A full registration whose digest is made up."""
        source = f"127.0.1.{1 + number // TRIES_OF_ONE % _ADDRESSES}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.bind((source, 0))
            phone.settimeout(ANSWER_SECONDS)
            phone.connect(self._target)
            phone.send(self._register(phone, name, ""))
            try:
                nonce = nonce_of(phone.recv(65_535))
                credentials = (
                    f'Authorization: Digest username="{name}",realm="{DOMAIN}",nonce="{nonce}",uri="sip:{DOMAIN}",'
                    f'response="{secrets.token_hex(16)}",algorithm=MD5,cnonce="1",qop=auth,nc=00000001\r\n'
                )
                phone.send(self._register(phone, name, credentials))
                return _status(phone.recv(65_535))
            except TimeoutError:
                return "silence"

    def _rubbish(self, number: int) -> str:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.sendto(_RUBBISH[number % len(_RUBBISH)], self._target)
        return "sent"

    def _says_options(self, _number: int) -> str:
        with socket.create_connection(self._target, ANSWER_SECONDS) as stream:
            stream.sendall(self._options(stream, "TCP"))
            return _status(stream.recv(65_535))

    def _half(self, number: int) -> str:
        with socket.create_connection(self._target, ANSWER_SECONDS) as stream:
            stream.sendall(self._options(stream, "TCP")[: 20 + number % 100])
        return "left"

    def _tls_options(self, _number: int) -> str:
        with (
            socket.create_connection(self._tls, ANSWER_SECONDS) as plain,
            self._context.wrap_socket(plain, server_hostname="localhost") as stream,
        ):
            stream.sendall(self._options(stream, "TLS"))
            return _status(stream.recv(65_535))

    def _register(self, phone: socket.socket, name: str, credentials: str) -> bytes:
        host, port = phone.getsockname()
        return (
            f"REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{name}@{DOMAIN}>;tag=s\r\nTo: <sip:{name}@{DOMAIN}>\r\n"
            f"Call-ID: {secrets.token_hex(8)}\r\nCSeq: 1 REGISTER\r\nContact: <sip:{name}@{host}:{port}>\r\n"
            f"{credentials}Content-Length: 0\r\n\r\n"
        ).encode()

    def _options(self, stream: socket.socket, transport: str) -> bytes:
        host, port = stream.getsockname()
        to = f"sip:{self._target[0]}:{self._target[1]}"
        return (
            f"OPTIONS {to} SIP/2.0\r\nVia: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:stranger@{host}>;tag=s\r\nTo: <{to}>\r\n"
            f"Call-ID: {secrets.token_hex(8)}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        ).encode()


def main() -> int:
    """Works until the task's time is over; returns the exit code."""
    task = Task.from_text(sys.argv[1])
    strangers = Strangers(task)
    end = time.monotonic() + task.seconds
    report = time.monotonic() + REPORT_SECONDS
    while time.monotonic() < end:
        strangers.next()
        time.sleep(PAUSE)
        if time.monotonic() > report:
            report += REPORT_SECONDS
            sys.stdout.write(json.dumps(strangers.outcomes) + "\n")
            sys.stdout.flush()
    return 0


def _status(data: bytes) -> str:
    return data[8:11].decode("ascii", "replace") or "closed"


if __name__ == "__main__":
    sys.exit(main())
