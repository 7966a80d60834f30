"""How the parts are started, and how one sees that they are ready."""

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provider.run.address import Address
from provider.run.environment import Environment, read_environment
from provider.run.parts import edge_answers, parts, web_answers, worker_ready_file
from tests.ports import free_port

OK = b"SIP/2.0 200 OK\r\n\r\n"
UNAVAILABLE = b"SIP/2.0 503 Service Unavailable\r\n\r\n"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return read_environment({"DATA_DIR": str(tmp_path), "HTTP_BIND": "127.0.0.1:8123"}, running=False)


@contextmanager
def _udp(host: str, answer: bytes) -> Iterator[tuple[Address, list[bytes]]]:
    """Somebody who answers one datagram."""
    received: list[bytes] = []
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((host, 0))
        server.settimeout(10)

        def serve() -> None:
            data, source = server.recvfrom(65_535)
            received.append(data)
            server.sendto(answer, source)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address(host, server.getsockname()[1]), received
        thread.join()


@contextmanager
def _http(status: int) -> Iterator[Address]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield Address("127.0.0.1", server.server_port)
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_edge_answers_options(host: str) -> None:
    with _udp(host, OK) as (address, received):
        assert edge_answers(address)
    head, _, body = received[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"OPTIONS sip:{address} SIP/2.0"
    assert {line.split(":")[0] for line in lines[1:]} >= {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"}
    assert body == b""


def test_our_own_parser_takes_the_question() -> None:
    from sipedge.sip.message import Request, parse

    with _udp("127.0.0.1", OK) as (address, received):
        edge_answers(address)
    assert isinstance(parse(received[0]), Request)


def test_an_edge_that_refuses_is_not_ready() -> None:
    with _udp("127.0.0.1", UNAVAILABLE) as (address, _):
        assert not edge_answers(address)


def test_an_edge_that_is_not_there_is_not_ready() -> None:
    assert not edge_answers(Address("127.0.0.1", free_port()))


@pytest.mark.parametrize(("status", "is_ready"), [(200, True), (503, False), (302, False)])
def test_the_web_is_ready_when_healthz_says_so(status: int, is_ready: bool) -> None:
    with _http(status) as address:
        assert web_answers(address) == is_ready


def test_a_web_that_is_not_there_is_not_ready() -> None:
    assert not web_answers(Address("127.0.0.1", free_port()))


def test_the_worker_is_ready_when_it_wrote_its_file(environment: Environment) -> None:
    worker = next(part for part in parts(environment) if part.name == "worker")
    assert not worker.is_ready()
    worker_ready_file(environment.data_dir).parent.mkdir()
    worker_ready_file(environment.data_dir).touch()
    assert worker.is_ready()


def test_programs_are_those_of_this_virtual_environment(environment: Environment) -> None:
    programs = {part.name: part.command[0] for part in parts(environment)}
    folder = Path(sys.executable).parent
    assert programs == {"web": str(folder / "granian"), "worker": str(folder / "celery"), "edge": sys.executable}


def test_the_edge_is_started_last_so_that_it_is_stopped_first(environment: Environment) -> None:
    assert [part.name for part in parts(environment)] == ["web", "worker", "edge"]
