"""Our own phones, by UDP: for what SIPp cannot do, such as a refresh with the nonce of last time.

One socket and one thread: requests are sent when they are due, answers are read as they come, and what stays without
an answer is sent again as RFC 3261 §17.1.2.2 says, and counted.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias

from bench.processes import BenchError
from bench.sipp import Counts

Request: TypeAlias = Callable[[int], bytes]
"""The first datagram of a job, by the job's number."""
Answered: TypeAlias = Callable[[int, bytes], bytes | None]
"""What a job sends next after this answer; None when it has what it wanted. Raises WrongAnswerError."""

T1: Final = 0.5
T2: Final = 4.0
GIVEN_UP: Final = 16.0  # seconds after the first request: half of Timer F, since nothing is lost on loopback
BUFFER: Final = 4_194_304
_MARK: Final = b"z9hG4bKj"
_LONGEST_SLEEP: Final = 0.02
_SHORTEST_SLEEP: Final = 0.0005


class WrongAnswerError(Exception):
    """An answer that the job did not want."""


class Drive:
    """Jobs 0 to count - 1, begun at `rate` a second. Each datagram's branch must come from `branch`."""

    def __init__(self, place: tuple[str, int], target: tuple[str, int], count: int, rate: float) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        self._socket.bind(place)
        self._socket.connect(target)
        self._socket.setblocking(False)
        self._count, self._rate = count, rate
        self._begun: list[float] = []
        self._open: dict[int, bytes] = {}
        self._again: deque[tuple[float, float, int, bytes]] = deque()
        self._times: list[float] = []
        self._failed = 0
        self._retransmissions = 0

    def run(self, request: Request, answered: Answered) -> Counts:
        """All jobs from their first request to their last answer. Raises BenchError when nobody is there."""
        start = time.monotonic()
        try:
            while len(self._times) + self._failed < self._count:
                now = time.monotonic()
                self._begin(start, now, request)
                self._receive(answered)
                self._repeat(time.monotonic())
                select.select([self._socket], [], [], self._pause(start))
        except ConnectionRefusedError:
            raise BenchError("nobody listens where the requests go") from None
        finally:
            self._socket.close()
        seconds = time.monotonic() - start
        return Counts(0, len(self._times), self._failed, self._retransmissions, seconds, tuple(self._times))

    def _begin(self, start: float, now: float, request: Request) -> None:
        due = min(self._count, int((now - start) * self._rate) + 1)
        for job in range(len(self._begun), due):
            self._begun.append(time.monotonic())
            self._send(job, request(job))

    def _send(self, job: int, data: bytes) -> None:
        self._open[job] = data
        self._again.append((time.monotonic() + T1, T1, job, data))
        self._transmit(data)

    def _transmit(self, data: bytes) -> None:
        with suppress(BlockingIOError):  # as if it were lost on the way: it is sent again, and counted
            self._socket.send(data)

    def _receive(self, answered: Answered) -> None:
        while True:
            try:
                data = self._socket.recv(65_535)
            except BlockingIOError:
                return
            job = job_of(data)
            if job not in self._open or data.startswith(b"SIP/2.0 1"):
                continue
            try:
                following = answered(job, data)
            except WrongAnswerError:
                del self._open[job]
                self._failed += 1
                continue
            if following is None:
                del self._open[job]
                self._times.append((time.monotonic() - self._begun[job]) * 1000)
            elif following is not self._open[job]:
                self._send(job, following)

    def _repeat(self, now: float) -> None:
        """Intervals double, so the queue is in order but for the longest of them, which come a little late."""
        while self._again and self._again[0][0] <= now:
            _, interval, job, data = self._again.popleft()
            if self._open.get(job) is not data:
                continue
            if now - self._begun[job] > GIVEN_UP:
                del self._open[job]
                self._failed += 1
                continue
            self._retransmissions += 1
            self._again.append((now + min(2 * interval, T2), min(2 * interval, T2), job, data))
            self._transmit(data)

    def _pause(self, start: float) -> float:
        if len(self._begun) == self._count:
            return _LONGEST_SLEEP
        due = start + len(self._begun) / self._rate
        return min(_LONGEST_SLEEP, max(_SHORTEST_SLEEP, due - time.monotonic()))


def branch(job: int, step: int, run: str) -> str:
    """The Via's branch, by which an answer finds its job. run: never the same again, or it were a retransmission."""
    return f"{_MARK.decode()}{job}-{step}-{run}"


def job_of(data: bytes) -> int:
    """The job whose branch stands in an answer; -1 when none does."""
    at = data.find(_MARK) + len(_MARK)
    end = data.find(b"-", at)
    number = data[at:end] if at >= len(_MARK) else b""
    return int(number) if number.isdigit() else -1
