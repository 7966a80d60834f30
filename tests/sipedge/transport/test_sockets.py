"""Opening sockets and reading literals."""

import resource
import socket

import pytest

from sipedge.transport.sockets import (
    TransportError,
    allow_files,
    canonical_host,
    configure_stream,
    family_of,
    is_wildcard,
    open_socket,
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("2001:DB8::A", "2001:db8::a")],
)
def test_literals_have_one_spelling(written: str, canonical: str) -> None:
    assert canonical_host(written) == canonical


@pytest.mark.parametrize("text", ["localhost", "", "127.1", "127.0.0.1 ", "[::1]", "1:2", "127.0.0.1\0", "\udcff"])
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an IP address"):
        canonical_host(text)


def test_families_and_wildcards() -> None:
    assert family_of("127.0.0.1") is socket.AF_INET
    assert family_of("::1") is socket.AF_INET6
    assert is_wildcard("::")
    assert is_wildcard("0.0.0.0")
    assert not is_wildcard("127.0.0.1")


@pytest.mark.parametrize(
    ("transport", "host", "port", "words"),
    [
        ("udp", "localhost", 0, "UDP localhost:0 is not an IP address and port"),
        ("udp", "127.0.0.1", 70_000, "UDP 127.0.0.1:70000 is no address that can be listened on"),
        ("sctp", "127.0.0.1", 0, "SCTP 127.0.0.1:0 is no address that can be listened on"),
        ("tcp", "192.0.2.1", 0, "TCP 192.0.2.1:0 is no address of this machine"),
        ("udp", "2001:db8::1", 0, "UDP [2001:db8::1]:0 is no address of this machine"),
    ],
)
def test_what_cannot_be_listened_on_is_said_in_words(transport: str, host: str, port: int, words: str) -> None:
    with pytest.raises(TransportError) as caught:
        open_socket(transport, host, port)
    assert str(caught.value) == words


def test_a_udp_socket_has_a_large_receive_buffer_and_does_not_block() -> None:
    with open_socket("udp", "127.0.0.1", 0, 200_000) as opened:
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= 200_000
        assert not opened.getblocking()


def test_options_of_a_socket_that_is_gone_are_no_error() -> None:
    gone = socket.socket()
    gone.close()
    configure_stream(gone)
    assert gone.fileno() == -1


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "result"),
    [
        (1024, 4096, 2000, 2000),
        (1024, 4096, 10_000, 4096),
        (1024, resource.RLIM_INFINITY, 10_000, 10_000),
        (20_000, 20_000, 10_000, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 10_000, None),
    ],
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_may_and_never_lowered(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, result: int | None
) -> None:
    changes: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: changes.append(limits))
    assert allow_files(wanted) == (result or wanted)
    assert changes == ([(result, hard)] if result else [])
