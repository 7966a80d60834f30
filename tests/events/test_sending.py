"""One POST: where it may go, and that it ends in time whatever the server does. With real servers on loopback."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import dns.resolver
import pytest

from events import sending
from events.sending import Sent, post, resolve
from tests.certificates import Authority
from tests.events.receiver import receiver

HERE = [ipaddress.ip_network("127.0.0.0/8")]


def _to_loopback(_host: str) -> list[str]:
    return ["127.0.0.1"]


def test_what_is_sent_arrives_as_it_is() -> None:
    with receiver() as server:
        sent = post(server.url("/a?b=c"), b'{"a": 1}', {"X-Own": "1"}, allowed=HERE)
    (one,) = server.received
    assert sent == Sent(200, "", "well")
    assert (one.path, one.body, one.headers["X-Own"]) == ("/a?b=c", b'{"a": 1}', "1")
    assert one.headers["Host"] == f"127.0.0.1:{server.port}"


def test_nothing_reaches_an_internal_address() -> None:
    with receiver() as server:
        for host in ("127.0.0.1", "localhost"):
            sent = post(server.url(host=host), b"", {})
            assert sent == Sent(None, "the name leads to an address that is not of the public internet")
    assert server.received == []


def test_a_name_that_has_one_internal_address_leads_nowhere() -> None:
    with receiver() as server:
        sent = post(server.url(host="example.org"), b"", {}, lookup=lambda _host: ["8.8.8.8", "127.0.0.1"])
    assert "not of the public internet" in sent.error
    assert server.received == []


def test_a_name_that_changes_its_mind_leads_where_it_was_judged(tmp_path: Path) -> None:
    """The name is asked once; the connection goes to the address of that answer, whatever is answered later."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    context = Authority(tmp_path).server("hook.example.org").context()
    asked = []

    def lookup(host: str) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    one = [ipaddress.ip_network("127.0.0.1/32")]
    trusts = ssl.create_default_context(cafile=str(tmp_path / "test-ca.pem"))
    with receiver(context) as server:
        url = server.url(host="hook.example.org")
        assert post(url, b"first", {}, allowed=one, lookup=lookup, tls=trusts).is_delivered
        assert asked == ["hook.example.org"]
        again = post(url, b"second", {}, allowed=one, lookup=lookup, tls=trusts)
        assert "not of the public internet" in again.error
    assert [request.body for request in server.received] == [b"first"]


def test_tls_is_for_the_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusts = ssl.create_default_context(cafile=str(tmp_path / "test-ca.pem"))
    with receiver(authority.server("hook.example.org").context()) as server:
        well = post(server.url(host="hook.example.org"), b"", {}, allowed=HERE, lookup=_to_loopback, tls=trusts)
        other = post(server.url(host="other.example.org"), b"", {}, allowed=HERE, lookup=_to_loopback, tls=trusts)
        strangers = post(server.url(host="hook.example.org"), b"", {}, allowed=HERE, lookup=_to_loopback)
    assert well.is_delivered
    assert other.error.startswith("the certificate is not accepted")
    assert strangers.error.startswith("the certificate is not accepted")
    assert len(server.received) == 1


def test_a_redirect_is_not_followed() -> None:
    with receiver() as target, receiver() as server:
        server.answers, server.location = [302], target.url()
        sent = post(server.url(), b"", {}, allowed=HERE)
    assert (sent.status, sent.error, sent.is_the_servers) == (302, "302 redirects are not followed", False)
    assert target.received == []


@pytest.mark.parametrize(
    ("status", "is_the_servers"), [(500, True), (503, True), (429, True), (400, False), (404, False)]
)
def test_what_the_status_says(status: int, is_the_servers: bool) -> None:
    with receiver() as server:
        server.answers = [status]
        sent = post(server.url(), b"", {}, allowed=HERE)
    assert (sent.status, sent.is_delivered, sent.is_the_servers) == (status, False, is_the_servers)
    assert sent.error.startswith(str(status))


def test_only_the_beginning_of_an_answer_is_read() -> None:
    with receiver() as server:
        server.text = "x\0" * 1_000_000
        sent = post(server.url(), b"", {}, allowed=HERE)
    assert sent.is_delivered
    assert 0 < len(sent.answer) <= sending.MAX_ANSWER
    assert "\0" not in sent.answer


def _server_that(does: Any) -> tuple[str, threading.Thread]:
    """The address of a server that takes one connection and does that with it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listening:
            sock, _ = listening.accept()
            with sock:
                does(sock)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/", thread


def _drip(sock: socket.socket) -> None:
    try:
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            sock.sendall(b"X: y\r\n")
            time.sleep(0.05)
    except OSError:
        return


def test_a_server_that_drips_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.6)
    url, thread = _server_that(_drip)
    begun = time.monotonic()
    sent = post(url, b"", {}, allowed=HERE)
    assert time.monotonic() - begun < 4
    assert (sent.status, sent.is_the_servers) == (None, True)
    assert "no whole answer within" in sent.error
    thread.join(15)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000])
def test_an_answer_that_is_none(answer: bytes) -> None:
    def say(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(answer)

    url, thread = _server_that(say)
    sent = post(url, b"", {}, allowed=HERE)
    assert sent.status is None
    assert sent.error
    thread.join(5)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 500 a\0b\x1b[31m\xff\r\n\r\n", b"a\0b\r\n\r\n", b"HTTP/1.1 200 \0\r\nX:\0\r\n\r\n\0"]
)
def test_what_a_server_says_can_be_stored_and_shown_whatever_it_is(answer: bytes) -> None:
    def say(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(answer)

    url, thread = _server_that(say)
    sent = post(url, b"", {}, allowed=HERE)
    assert sent.error.isprintable()
    assert "\0" not in sent.answer
    thread.join(5)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/", b"", {}, allowed=HERE).error == "Connection refused"
    assert post("http://127.0.0.1:99999/", b"", {}, allowed=HERE).error


def test_names_are_asked_of_the_machines_resolvers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("localhost") == ["127.0.0.1", "::1"]

    class Nobody:
        def resolve_name(self, *_: Any, **__: Any) -> Any:
            raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(sending, "_resolver", Nobody)
    with pytest.raises(OSError, match=r"cannot be resolved \(NXDOMAIN\)"):
        resolve("nobody.example.org")
    assert post("https://nobody.example.org/", b"", {}).error == "the name cannot be resolved (NXDOMAIN)"
    with pytest.raises(OSError, match="cannot be resolved"):
        resolve("a..b")
