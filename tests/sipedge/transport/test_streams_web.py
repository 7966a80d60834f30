"""WebSocket and secure WebSocket on real loopback sockets, with the library's own client."""

import asyncio
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sipedge.sip.flow import Flow
from sipedge.transport import streams as streams_module
from sipedge.transport.limits import TransportLimits
from tests.sipedge.transport.conftest import StartEdge
from tests.sipedge.transport.loopback import OPTIONS, PATIENCE
from tests.sipedge.transport.peers import connect
from tests.sipedge.transport.secure import SITE, WS, WSS, Pki, connect_web

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.mark.parametrize("address", [WS, WSS])
async def test_a_browser_talks_and_is_talked_to(start_edge: StartEdge, pki: Pki, address: tuple[str, str, int]) -> None:
    edge = await start_edge(address, certificates=pki.certificates(), origins=[SITE])
    transport = address[0]
    browser = await connect_web(edge, context=pki.context() if transport == "wss" else None)
    await browser.send(OPTIONS.decode())
    await browser.send([OPTIONS[:20], OPTIONS[20:]])
    assert await edge.messages(2) == [OPTIONS] * 2
    flow = edge.received[0][1]
    assert flow == Flow(transport, *browser.local_address[:2], 0, flow.connection)
    edge.transports.send(b"answer", flow)
    edge.transports.send(b"request \xff", flow._replace(connection=0))
    assert await browser.recv() == "answer"
    assert await browser.recv() == b"request \xff"
    await browser.close()
    await edge.failure(2)
    assert edge.closed == [flow]
    assert {why for _, why in edge.failures} == {"closed by the peer"}


async def test_a_page_of_another_origin_is_refused(start_edge: StartEdge) -> None:
    edge = await start_edge(WS, origins=[SITE])
    with pytest.raises(InvalidStatus) as caught:
        await connect_web(edge, origin="https://evil.example")
    assert caught.value.response.status_code == 403
    await (await connect_web(edge, origin=None)).close()
    with pytest.raises(InvalidStatus):
        await connect_web(await start_edge(WS))
    await (await connect_web(await start_edge(WS, origins=None), origin="https://any.example")).close()


async def test_a_websocket_is_never_opened_by_us(start_edge: StartEdge) -> None:
    edge = await start_edge(WS)
    flow = Flow("ws", "127.0.0.1", 5060)
    edge.transports.send(OPTIONS, flow)
    assert await edge.failure() == (flow, "a WebSocket is only ever opened by its phone")


async def test_a_silent_browser_is_pinged_and_a_dead_one_closed(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    edge = await start_edge(WS, limits=TransportLimits(ping_after=0.05, pong_timeout=0.2))
    alive = await connect_web(edge, origin=None)
    dead = await connect(edge)
    dead.send(UPGRADE)
    await dead.reader.readuntil(b"\r\n\r\n")
    assert await dead.receive(2) == b"\x89\x00"  # a ping
    assert await dead.is_closed()
    assert (await edge.failure())[1] == "no answer to a ping"
    await alive.send(OPTIONS.decode())
    await edge.messages(1)
    await alive.close()
    await dead.close()


async def test_an_upgrade_that_does_not_end_holds_a_place_for_a_while_only(
    start_edge: StartEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "SWEEP", 0.01)
    edge = await start_edge(WS, limits=TransportLimits(partial_timeout=0.1))
    slow, unfinished, mute = [await connect(edge) for _ in range(3)]
    upgraded = await connect_web(edge, origin=None)
    slow.send(UPGRADE[:-2])
    unfinished.send(UPGRADE + b"\x01\x81\0\0\0\0O")  # a first fragment, and no last one
    await unfinished.reader.readuntil(b"\r\n\r\n")
    for client in (slow, mute, unfinished):
        assert await client.is_closed()
        await client.close()
    assert {why for _, why in edge.failures} == {"no whole message in time"}
    await upgraded.send(OPTIONS.decode())
    await edge.messages(1)
    await upgraded.close()


async def test_too_much_is_too_much(start_edge: StartEdge) -> None:
    edge = await start_edge(WS)
    browser = await connect_web(edge, origin=None)
    await browser.send("x" * 65_535)
    await edge.messages(1)
    await browser.send("x" * 65_536)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionClosed) as caught:
            await browser.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009
    assert (await edge.failure())[1].startswith("WebSocket: ")


async def test_one_source_cannot_take_all_places_by_websocket_either(start_edge: StartEdge) -> None:
    edge = await start_edge(WS, ("tcp", "127.0.0.1", 0), limits=TransportLimits(connections_by_source=2))
    browser, plain, third = await connect(edge), await connect(edge, 1), await connect(edge)
    assert await third.is_closed()
    assert edge.transports.counts()["connections_refused"] == 1
    for client in (browser, plain, third):
        await client.close()


async def test_stopping_says_goodbye(start_edge: StartEdge) -> None:
    edge = await start_edge(WS)
    browser = await connect_web(edge, origin=None)
    await browser.send(OPTIONS.decode())
    await edge.messages(1)
    edge.transports.send(b"last words", edge.received[0][1])
    await edge.transports.stop()
    assert await browser.recv() == "last words"
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionClosed) as caught:
            await browser.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001
