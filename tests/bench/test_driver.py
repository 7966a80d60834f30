"""Our own phones' engine, against somebody who answers as a test wants it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from bench.driver import Drive, WrongAnswerError, branch, job_of
from bench.places import HOST
from bench.processes import BenchError
from tests.ports import free_port


@contextmanager
def peer(answer: Callable[[bytes], bytes | None]) -> Iterator[tuple[str, int]]:
    """Answers each datagram by what the function gives, or not at all."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind((HOST, 0))
        server.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    data, source = server.recvfrom(65_535)
                except TimeoutError:
                    continue
                reply = answer(data)
                if reply is not None:
                    server.sendto(reply, source)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            stop.set()
            thread.join()


def request(job: int, step: int = 0) -> bytes:
    return b"REGISTER " + branch(job, step, "r").encode()


def echo(status: bytes, data: bytes) -> bytes:
    return b"SIP/2.0 " + status + b" x\r\nVia: " + data[9:]


def done(job: int, data: bytes) -> None:
    """Whatever it is, the job has what it wanted."""


def drive(target: tuple[str, int], count: int, rate: float) -> Drive:
    return Drive((HOST, 0), target, count, rate)


def test_each_job_comes_to_its_end() -> None:
    with peer(lambda data: echo(b"200", data)) as target:
        counts = drive(target, 50, 5000).run(request, done)
    assert (counts.successful, counts.failed, counts.retransmissions, len(counts.times)) == (50, 0, 0, 50)
    assert counts.why_not(50) == ""


def test_an_answer_may_lead_to_another_request() -> None:
    seen = []

    def answered(job: int, data: bytes) -> bytes | None:
        seen.append(data[8:11])
        return request(job, 1) if data.startswith(b"SIP/2.0 401") else None

    with peer(lambda data: echo(b"200" if b"-1-" in data else b"401", data)) as target:
        counts = drive(target, 3, 1000).run(request, answered)
    assert counts.successful == 3
    assert sorted(seen) == [b"200"] * 3 + [b"401"] * 3


def test_a_wrong_answer_is_a_failure() -> None:
    def answered(job: int, data: bytes) -> bytes | None:
        raise WrongAnswerError("403")

    with peer(lambda data: echo(b"403", data)) as target:
        counts = drive(target, 2, 1000).run(request, answered)
    assert (counts.successful, counts.failed) == (0, 2)
    assert counts.why_not(2) != ""


def test_what_is_lost_is_sent_again_and_counted() -> None:
    seen: list[bytes] = []

    def second_time(data: bytes) -> bytes | None:
        seen.append(data)
        return echo(b"200", data) if seen.count(data) == 2 else None

    with peer(second_time) as target:
        counts = drive(target, 1, 1000).run(request, done)
    assert (counts.successful, counts.retransmissions) == (1, 1)
    assert counts.times[0] >= 450


def test_provisional_and_strange_answers_are_passed_over() -> None:
    replies = iter([b"rubbish", b"100"])

    def answer(data: bytes) -> bytes | None:
        reply = next(replies, b"200")
        return reply if reply == b"rubbish" else echo(reply, data)

    with peer(answer) as target:
        counts = drive(target, 2, 1000).run(request, done)
    assert (counts.successful, counts.retransmissions) == (2, 2)


def test_nobody_listening_is_said_at_once() -> None:
    with pytest.raises(BenchError, match="nobody listens"):
        drive((HOST, free_port()), 5, 10).run(request, done)


def test_a_branch_names_its_job() -> None:
    assert job_of(b"Via: x;branch=" + branch(4711, 2, "abcd").encode() + b"\r\n") == 4711
    assert job_of(b"Via: x;branch=z9hG4bKother-1\r\n") == -1
    assert job_of(b"") == -1
    assert branch(1, 0, "a") != branch(1, 0, "b")
