"""TLS sessions joined in memory: what one wants to send is what the other reads."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipedge.transport.certificates import Certificates, TlsFiles
from sipedge.transport.tls import TlsError, TlsSession
from tests.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def certificates(authority: Authority) -> Certificates:
    return Certificates(TlsFiles((authority.server("sip.example.org").both,), client_ca=authority.certificate))


@pytest.fixture
def server(certificates: Certificates) -> TlsSession:
    return certificates.accept("tls")


def client(authority: Authority, **names: str) -> TlsSession:
    pair = authority.client(names["own"], uris=["sip:example.org"]) if "own" in names else None
    return TlsSession(
        authority.context(pair), server_side=False, server_name=names.get("server_name", "sip.example.org")
    )


def pump(one: TlsSession, other: TlsSession) -> tuple[bytes, bytes]:
    """Let them talk until both are silent; what each of them heard."""
    heard = [b"", b""]
    heard[0] += one.receive(b"")
    while True:
        to_other, to_one = one.outgoing(), other.outgoing()
        if not to_other and not to_one:
            return heard[0], heard[1]
        heard[1] += other.receive(to_other)
        heard[0] += one.receive(to_one)


def test_what_is_said_before_the_handshake_is_heard_after_it(authority: Authority, server: TlsSession) -> None:
    phone = client(authority)
    phone.send(b"one")
    phone.send(b"two")
    assert phone.waiting_size == 6
    assert pump(phone, server) == (b"", b"onetwo")
    assert phone.waiting_size == 0
    assert server.is_established
    server.send(b"answer" * 50_000)
    assert pump(phone, server) == (b"answer" * 50_000, b"")


def test_byte_by_byte(authority: Authority, server: TlsSession) -> None:
    phone = client(authority)
    phone.send(b"hello")
    phone.receive(b"")
    heard = b""
    while data := phone.outgoing():
        for byte in data:
            heard += server.receive(bytes([byte]))
        phone.receive(server.outgoing())
    assert heard == b"hello"


def test_names_are_those_of_a_verified_certificate_alone(authority: Authority, server: TlsSession) -> None:
    phone = client(authority)
    pump(phone, server)
    assert server.peer_names == ()
    assert phone.peer_names == ("sip.example.org",)


def test_a_clients_certificate_says_who_it_is(authority: Authority, server: TlsSession) -> None:
    pump(client(authority, own="gw.example.org"), server)
    assert server.peer_names == ("gw.example.org", "sip:example.org")


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path, server: TlsSession) -> None:
    stranger = Authority(tmp_path, "Another CA")
    phone = Certificates(TlsFiles((stranger.client("gw.example.org").both,))).connect("")
    with pytest.raises(TlsError, match="TLS: "):
        pump(phone, server)
    assert not server.is_established
    assert server.outgoing()  # the alert
    assert server.peer_names == ()


def test_a_server_that_is_somebody_else_is_refused(authority: Authority, server: TlsSession) -> None:
    with pytest.raises(TlsError, match="Hostname mismatch"):
        pump(client(authority, server_name="sip.example.com"), server)


def test_what_is_no_tls_is_refused(server: TlsSession) -> None:
    with pytest.raises(TlsError, match="TLS: "):
        server.receive(b"OPTIONS sip:a SIP/2.0\r\n\r\n")


def test_the_end_is_said_and_heard(authority: Authority, server: TlsSession) -> None:
    phone = client(authority)
    pump(phone, server)
    phone.send(b"bye")
    phone.close()
    assert server.receive(phone.outgoing()) == b"bye"
    assert server.has_ended
    server.close()


def test_closing_before_the_handshake_says_nothing(server: TlsSession) -> None:
    server.close()
    assert server.outgoing() == b""


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=4), st.integers(1, 400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_a_spoilt_handshake_is_refused_and_nothing_else_happens(
    certificates: Certificates, authority: Authority, spoilt: list[tuple[int, int]], size: int
) -> None:
    phone, server = client(authority), certificates.accept("tls")
    phone.send(b"hello")
    try:
        for _ in range(6):
            phone.receive(server.outgoing())
            data = bytearray(phone.outgoing())
            for position, value in spoilt if data else ():
                data[position % len(data)] ^= value
            for start in range(0, len(data), size):
                assert server.receive(bytes(data[start : start + size])) in (b"", b"hello")
    except TlsError:
        pass
    server.close()
