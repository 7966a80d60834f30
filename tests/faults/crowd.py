"""`python -m tests.faults.crowd HOST PORT HERE PHONES RATE SECONDS`: phones that all register, as fast as a test wants.

A process of its own, so that it does not share an interpreter with whoever measures; a plain loop over one socket (at
port HERE), because it must send several times what the edge can bear. RATE is how many registrations begin in a second,
whatever becomes of those before; 0: as many as are answered, so that the edge is busy all the time and nothing is too
much. Each is REGISTER, 401, REGISTER, 200, sent again after 0.5, 1.5 and 3.5 s, and given up after 4 s. Prints one line
of JSON: what became of those that ended in the time after the first second, and in how many seconds.
"""

import hashlib
import json
import socket
import sys
import time
from collections import Counter, deque
from itertools import count
from typing import Final

from tests.faults.stock import DOMAIN, PASSWORD, username
from tests.scenarios.sip_message import token

AGAIN: Final = (0.5, 1.0, 2.0, 0.5)  # seconds from one sending to the next; after the last one it is given up
AT_ONCE: Final = 400  # under way when as many begin as are answered
WARM_UP: Final = 1.0
_HA2: Final = hashlib.md5(f"REGISTER:sip:{DOMAIN}".encode(), usedforsecurity=False).hexdigest()


class Attempt:
    """One registration. data: what was sent last."""

    __slots__ = ("data", "is_over", "name", "secret", "sent", "step")

    def __init__(self, number: int) -> None:
        self.name = username(number)
        self.secret = hashlib.md5(f"{self.name}:{DOMAIN}:{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
        self.data = b""
        self.sent = 0
        self.step = 1
        self.is_over = False


class Crowd:
    """All phones, at one address."""

    def __init__(self, edge: tuple[str, int], port: int, phones: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", port))
        self._socket.connect(edge)
        self._socket.setblocking(False)
        self._here = "{}:{}".format(*self._socket.getsockname())
        self._phones = phones
        self._numbers = count()
        self._name = token()  # what no crowd before this one had in its Call-IDs
        self._under_way: dict[bytes, Attempt] = {}
        self._timers: list[deque[tuple[float, bytes, Attempt]]] = [deque() for _ in AGAIN]
        self.ended: Counter[str] = Counter()

    def run(self, rate: float, seconds: float) -> None:
        """Registers for so long."""
        began = time.monotonic()
        begun, is_warm = 0, False
        while (now := time.monotonic()) < began + seconds:
            if not is_warm and now > began + WARM_UP:
                is_warm = True
                self.ended.clear()
            wanted = min(int((now - began) * rate) - begun, 50) if rate else AT_ONCE - len(self._under_way)
            for _ in range(wanted):
                self._begin(now)
            begun += max(wanted, 0)
            if not self._hear(now) and wanted <= 0:
                time.sleep(0.0005)
            self._send_again(now)

    def _begin(self, now: float) -> None:
        number = next(self._numbers)
        attempt = Attempt(number % self._phones)
        key = f"{number}-{self._name}".encode()
        self._under_way[key] = attempt
        self._send(key, attempt, "", now)

    def _send(self, key: bytes, attempt: Attempt, proof: str, now: float) -> None:
        aor, call_id = f"sip:{attempt.name}@{DOMAIN}", key.decode()
        attempt.data = (
            f"REGISTER sip:{DOMAIN} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._here};rport;branch=z9hG4bK{attempt.step}{call_id}\r\n"
            f"Max-Forwards: 70\r\nFrom: <{aor}>;tag={attempt.step}\r\nTo: <{aor}>\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {attempt.step} REGISTER\r\nContact: <sip:{attempt.name}@{self._here}>\r\nExpires: 600\r\n{proof}"
            "Content-Length: 0\r\n\r\n"
        ).encode()
        attempt.sent = 0
        self._out(key, attempt, now)

    def _out(self, key: bytes, attempt: Attempt, now: float) -> None:
        try:
            self._socket.send(attempt.data)
        except OSError:  # full for the moment: the network may lose it
            self.ended["unsent"] += 1
        self._timers[attempt.sent].append((now + AGAIN[attempt.sent], key, attempt))
        attempt.sent += 1

    def _send_again(self, now: float) -> None:
        for number, timers in enumerate(self._timers):
            while timers and timers[0][0] <= now:
                _, key, attempt = timers.popleft()
                if attempt.is_over or attempt.sent != number + 1:
                    continue
                if attempt.sent == len(AGAIN):
                    self._end(key, attempt, "silence")
                else:
                    self._out(key, attempt, now)

    def _hear(self, now: float) -> bool:
        for heard in range(200):
            try:
                data = self._socket.recv(65_535)
            except OSError:
                return heard > 0
            start = data.index(b"\r\nCall-ID: ") + 11
            key = data[start : data.index(b"\r\n", start)]
            attempt = self._under_way.get(key)
            if attempt is not None and b"\r\nCSeq: %d " % attempt.step in data:
                self._answered(key, attempt, data, now)
        return True

    def _answered(self, key: bytes, attempt: Attempt, data: bytes, now: float) -> None:
        if data.startswith(b"SIP/2.0 401 ") and attempt.step == 1:
            start = data.index(b'nonce="') + 7
            nonce = data[start : data.index(b'"', start)].decode()
            text = f"{attempt.secret}:{nonce}:00000001:c:auth:{_HA2}".encode()
            response = hashlib.md5(text, usedforsecurity=False).hexdigest()
            attempt.step = 2
            proof = (
                f'Authorization: Digest username="{attempt.name}", realm="{DOMAIN}", nonce="{nonce}", '
                f'uri="sip:{DOMAIN}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"\r\n'
            )
            self._send(key, attempt, proof, now)
        else:
            self._end(key, attempt, data[8:11].decode())

    def _end(self, key: bytes, attempt: Attempt, how: str) -> None:
        attempt.is_over = True
        del self._under_way[key]
        self.ended[how] += 1


def main() -> int:
    """Runs the crowd; returns the exit code."""
    host, port, here, phones, rate, seconds = sys.argv[1:]
    crowd = Crowd((host, int(port)), int(here), int(phones))
    crowd.run(float(rate), float(seconds))
    sys.stdout.write(json.dumps({"seconds": float(seconds) - WARM_UP, **crowd.ended}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
