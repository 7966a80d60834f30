"""TLS on real loopback sockets."""

import asyncio
import ssl
from pathlib import Path

import pytest

from sipedge.sip.flow import Flow
from sipedge.transport import streams as streams_module
from sipedge.transport.limits import TransportLimits
from sipedge.transport.manager import TransportError
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, Edge
from tests.sipedge.transport.peers import Client, Peer, connect
from tests.sipedge.transport.secure import TLS, Pki, connect_tls


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


async def test_a_message_comes_encrypted_and_an_answer_goes_back(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    client = await connect_tls(edge, pki.context())
    client.send(OPTIONS + b"\r\n\r\n" + OPTIONS[:9])
    client.send(OPTIONS[9:])
    assert await edge.messages(2) == [OPTIONS] * 2
    flow = edge.received[0][1]
    assert flow == Flow("tls", "127.0.0.1", client.port, 0, flow.connection)
    edge.transports.send(b"answer" * 50_000, flow)
    assert await client.receive(300_002) == b"\r\n" + b"answer" * 50_000
    edge.transports.send(b"by address", Flow("tls", "127.0.0.1", client.port))
    assert await client.receive(10) == b"by address"
    assert edge.transports.peer_names(flow) == ()
    await client.close()
    await edge.failure(2)
    assert edge.closed == [flow]


async def test_tls_1_3_is_spoken(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    client = await connect_tls(edge, pki.context())
    assert client.writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    await client.close()


async def test_a_gateway_shows_who_it_is(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    pair = pki.authority.client("gw.example.org", uris=["sip:example.org"])
    client = await connect_tls(edge, pki.context(pair))
    client.send(OPTIONS)
    await edge.messages(1)
    flow = edge.received[0][1]
    assert edge.transports.peer_names(flow) == ("gw.example.org", "sip:example.org")
    assert edge.transports.peer_names(flow._replace(connection=0)) == ()
    assert edge.transports.peer_names(flow._replace(port=1)) == ()
    await client.close()
    await edge.failure()
    assert edge.transports.peer_names(flow) == ()


async def test_plain_text_and_silence_get_no_answer_in_clear(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    plain = await connect(edge)
    plain.send(OPTIONS)
    assert await plain.is_closed()
    assert edge.received == []
    assert (await edge.failure())[1].startswith("TLS: ")
    await plain.close()


async def test_half_a_handshake_holds_a_place_for_a_while_only(
    start_edge: StartEdge, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    limits = TransportLimits(partial_timeout=0.2, connections_by_source=3)
    edge = await start_edge(TLS, certificates=pki.certificates(), limits=limits)
    mute, slow = await connect(edge), await connect(edge)
    slow.send(b"\x16\x03\x01\x02\x00\x01")
    honest = await connect_tls(edge, pki.context())
    honest.send(OPTIONS)
    await edge.messages(1)
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await connect_tls(edge, pki.context())  # they count before the handshake
    assert await mute.is_closed()
    assert await slow.is_closed()
    assert {why for _, why in edge.failures} == {"no whole message in time"}
    await (await connect_tls(edge, pki.context())).close()
    for client in (mute, slow, honest):
        await client.close()


async def test_a_connection_of_ours_is_checked_for_the_name_that_was_asked_for(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    peer = Peer()
    await peer.listen(context=pki.authority.server("gw.example.org").context())
    right = Flow("tls", "127.0.0.1", peer.port, server_name="gw.example.org")
    edge.transports.send(b"one", right)
    edge.transports.send(b"two", right)
    client = await peer.client()
    assert await client.receive(6) == b"onetwo"
    wrong = right._replace(server_name="other.example.org")
    edge.transports.send(b"secret", wrong)
    _, why = await edge.failure(2)
    assert "Hostname mismatch" in why
    assert {reported for reported, _ in edge.failures} > {wrong}
    assert len(peer.clients) == 1  # the other handshake never ended there
    await peer.close()


async def test_a_phone_is_connected_to_whatever_its_certificate_says(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    peer = Peer()
    await peer.listen(context=pki.authority.server("whatever.example").context())
    edge.transports.send(b"call", Flow("tls", "127.0.0.1", peer.port))
    assert await (await peer.client()).receive(4) == b"call"
    await peer.close()


async def test_a_peer_that_was_connected_to_owes_no_message(
    start_edge: StartEdge, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    edge = await start_edge(TLS, certificates=pki.certificates(), limits=TransportLimits(partial_timeout=0.05))
    peer = Peer()
    await peer.listen(context=pki.authority.server("whatever.example").context())
    flow = Flow("tls", "127.0.0.1", peer.port)
    edge.transports.send(b"one", flow)
    client = await peer.client()
    assert await client.receive(3) == b"one"
    silent = await connect(edge)  # it does owe one, and is closed for it later than the other would be
    assert await silent.is_closed()
    edge.transports.send(b"two", flow)
    assert await client.receive(3) == b"two"
    assert len(peer.clients) == 1
    await silent.close()
    await peer.close()


async def test_a_peer_that_wants_to_know_who_connects_is_told(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    peer = Peer()
    await peer.listen(context=pki.pair.context(pki.authority.certificate))
    edge.transports.send(b"call", Flow("tls", "127.0.0.1", peer.port, server_name="localhost"))
    client = await peer.client()
    assert await client.receive(4) == b"call"
    assert client.writer.get_extra_info("peercert")["subjectAltName"][0] == ("DNS", "localhost")
    client.send(OPTIONS)
    await edge.messages(1)
    assert edge.transports.peer_names(edge.received[0][1]) == ("localhost",)
    await peer.close()


async def test_a_handshake_that_the_peer_does_not_answer_is_given_up(
    start_edge: StartEdge, pki: Pki, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    edge = await start_edge(TLS, certificates=pki.certificates(), limits=TransportLimits(connect_timeout=0.3))
    flow = Flow("tls", "127.0.0.1", peer.port, server_name="localhost")
    edge.transports.send(b"call", flow)
    await edge.failure(2)
    assert {why for _, why in edge.failures} == {"no TLS handshake in time"}
    assert flow in {reported for reported, _ in edge.failures}


@pytest.mark.parametrize("name", ["a..b", "x" * 64])
async def test_a_name_that_nobody_can_have_is_reported(start_edge: StartEdge, pki: Pki, peer: Peer, name: str) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    edge.transports.send(b"call", Flow("tls", "127.0.0.1", peer.port, server_name=name))
    assert "no name that a certificate can be for" in (await edge.failure())[1]


async def test_what_waits_for_a_handshake_is_bounded(start_edge: StartEdge, pki: Pki, peer: Peer) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates(), limits=TransportLimits(write_buffer=1_000))
    flow = Flow("tls", "127.0.0.1", peer.port)
    edge.transports.send(b"x" * 600, flow)
    await peer.client()
    await asyncio.sleep(0)
    for _ in range(3):
        edge.transports.send(b"x" * 600, flow)
    assert (await edge.failure())[1] in ("the peer does not read", "too much waits for the connection")


async def test_without_a_certificate_there_is_no_tls() -> None:
    with pytest.raises(TransportError, match=r"TLS 127\.0\.0\.1:0 needs a certificate"):
        await Edge().start(TLS)


async def test_stopping_says_goodbye(start_edge: StartEdge, pki: Pki) -> None:
    edge = await start_edge(TLS, certificates=pki.certificates())
    client = await connect_tls(edge, pki.context())
    client.send(OPTIONS)
    await edge.messages(1)
    edge.transports.send(b"last words", edge.received[0][1])
    await edge.transports.stop()
    assert await client.receive(10) == b"last words"
    assert await client.is_closed()
    await close_all(client)


async def close_all(*clients: Client) -> None:
    for client in clients:
        await client.close()
