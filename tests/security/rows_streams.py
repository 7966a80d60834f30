"""Rows about streams and floods, streams on real sockets: what is bounded, and that others are served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sipedge.auth.nonce import NonceLedger
from sipedge.guards import bounded
from sipedge.guards.guard import Guard, GuardLimits
from sipedge.handlers.exchange import Exchange
from sipedge.store.cache import Cache
from sipedge.transaction.layer import TransactionLayer
from sipedge.transport import streams
from sipedge.transport.connections import ConnectionTable
from sipedge.transport.limits import TransportLimits
from sipedge.transport.websocket import WebSocketFraming
from tests.security.edges import BOB_URI, Scene, register, statuses
from tests.security.matrix import Row, edit, proof, swap
from tests.security.rows_guessing import with_a_transaction
from tests.sipedge.transport.loopback import OPTIONS, Edge, Phone
from tests.sipedge.transport.peers import Client, connect

SOON = 0.5  # seconds in which what must be closed is closed
TCP = 1  # the second address of an edge


@asynccontextmanager
async def listening(**limits: float) -> AsyncIterator[Edge]:
    """An edge's transports that look at their connections all the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "SWEEP", 0.01)
        edge = Edge(TransportLimits(**limits))  # type: ignore[arg-type]
        await edge.start()
        _clients.clear()
        try:
            yield edge
        finally:
            for client in _clients:
                await client.close()
            await edge.transports.stop()


_clients: list[Client] = []


async def connected(edge: Edge) -> Client:
    """A new connection to the edge; `listening` closes it."""
    _clients.append(await connect(edge, TCP))
    return _clients[-1]


async def is_closed(client: Client) -> bool:
    """Whether the edge ends this connection soon."""
    try:
        async with asyncio.timeout(SOON):
            return await client.reader.read() == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


async def others_are_served(edge: Edge) -> None:
    """UDP, and a new connection from another host."""
    before = len(edge.received)
    phone = Phone()
    phone.send(OPTIONS, edge.port(0))
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port(TCP), local_addr=("127.0.0.7", 0))
    writer.write(OPTIONS)
    await edge.messages(before + 2)
    phone.close()
    await Client(reader, writer).close()


async def one_source_gets_its_share_of_connections() -> None:
    async with listening(connections_by_source=3) as edge:
        clients = [await connected(edge) for _ in range(6)]
        assert [await is_closed(client) for client in clients[3:]] == [True] * 3
        await others_are_served(edge)


async def all_sources_together_get_what_there_is() -> None:
    async with listening(connections=4, evict_after=0.0) as edge:
        clients = []
        for number in range(8):
            clients.append(await connected(edge))
            clients[-1].send(OPTIONS)
            await edge.messages(number + 1)
        assert edge.transports.counts()["connections"] <= 4
        await others_are_served(edge)


async def who_says_half_a_message_is_cut_off() -> None:
    async with listening(partial_timeout=0.1) as edge:
        silent, slow = [await connected(edge) for _ in range(2)]
        slow.send(OPTIONS[:30])
        assert await is_closed(silent)
        assert await is_closed(slow)
        await others_are_served(edge)


async def who_is_silent_for_too_long_is_cut_off() -> None:
    async with listening(idle_timeout=0.1) as edge:
        client = await connected(edge)
        client.send(OPTIONS)
        await edge.messages(1)
        assert await is_closed(client)


async def a_slow_sender_is_cut_off_however_busy() -> None:
    async with listening(partial_timeout=0.2) as edge:
        client = await connected(edge)
        for number in range(60):
            client.send(OPTIONS[number : number + 1])
            if await _ended_within(client, 0.01):
                break
        else:
            raise AssertionError("a byte at a time, it stays")


async def _ended_within(client: Client, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await client.reader.read(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


_NEVER_DUE = swap(ConnectionTable, "overdue", lambda *_: [])

SLOW_STREAMS = Row(
    "slow-streams",
    "idle and half-open TCP, slow senders, bursts of connects",
    "caps by source and in all, 30 s for a partial request; UDP and new TCP still served",
    [
        proof(
            one_source_gets_its_share_of_connections,
            "transport/connections.py ConnectionTable.is_source_full",
            swap(ConnectionTable, "is_source_full", lambda *_: False),
        ),
        proof(
            all_sources_together_get_what_there_is,
            "transport/streams.py, transport/limits.py TransportLimits",
            swap(streams.Streams, "_make_room", lambda *_: True),
        ),
        proof(who_says_half_a_message_is_cut_off, "transport/connections.py ConnectionTable.overdue", _NEVER_DUE),
        proof(who_is_silent_for_too_long_is_cut_off, "transport/connections.py ConnectionTable.overdue", _NEVER_DUE),
        proof(a_slow_sender_is_cut_off_however_busy, "transport/connections.py ConnectionTable.overdue", _NEVER_DUE),
    ],
)

# floods

CAPACITY = 40


def what_fits_is_served_and_the_rest_is_told_so() -> None:
    scene = Scene().with_bob()
    layer = scene.world.engine.services.layer
    layer.max_transactions = CAPACITY
    answers = []
    for _ in range(3 * CAPACITY):
        message = scene.gateway.request("MESSAGE", BOB_URI, sender="sip:+431999@pstn.example")
        scene.gateway.send(message)
        for onward in scene.bob.received():
            scene.bob.answer(onward, 200)
        answers += statuses(scene.gateway.received())
    assert len(layer) <= CAPACITY + 2
    assert set(answers) == {200, 503}
    assert answers.count(200) >= 0.8 * CAPACITY / 2  # each takes a server and a client transaction
    assert answers.count(503) == 3 * CAPACITY - answers.count(200)


def strangers_leave_nothing_behind() -> None:
    scene = Scene()
    for number in range(300):
        stranger = scene.world.phone(f"198.18.{number // 250}.{number % 250}")
        for method in ("REGISTER", "INVITE", "OPTIONS"):
            uri = f"sip:u{number}@north.example"
            stranger.send(stranger.request(method, "sip:north.example", sender=uri, to=uri))
        stranger.send(register(stranger, f"u{number}"))
    counts = scene.world.engine.counts()
    assert counts["transactions"] == 0
    assert len(scene.world.engine.services.ledger) == 0


def used_nonces_are_remembered_up_to_a_limit() -> None:
    ledger = NonceLedger(50, 300.0)
    for number in range(2000):
        assert ledger.use(f"{1_000_000 + number:012x}{number:016x}" + "0" * 20, 1, 1000.0)
    assert len(ledger) <= 51


def what_strangers_can_name_is_remembered_up_to_a_limit() -> None:
    entries: dict[int, int] = {}
    for number in range(5000):
        bounded.keep(entries, number, number, 64)
    assert len(entries) <= 64
    cache: Cache[int, int] = Cache(64)
    for number in range(5000):
        cache.begin_fill([number])
        cache.end_fill(number, None if number % 2 else number)
    assert len(cache) <= 64 + 64 // 8 + 1


def guessers_are_remembered_up_to_a_limit() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sipedge.guards.guard.MAX_SOURCES", 64)
        guard = Guard(GuardLimits(), lambda _: False)
    for number in range(5000):
        guard.failed(f"198.18.{number // 250}.{number % 250}", (1, f"user{number}"), 0.0, 0.0)
    assert guard.counts()["counted_sources"] <= 64


FLOOD = Row(
    "flood",
    "flood",
    "memory bounded everywhere (transactions, nonces, caches, queues); at three times capacity goodput stays ≥ 80 %, "
    "the rest gets 503 or silence",
    [
        proof(
            what_fits_is_served_and_the_rest_is_told_so,
            "transaction/layer.py TransactionLayer.is_full",
            swap(TransactionLayer, "is_full", property(lambda _: False)),
        ),
        proof(
            strangers_leave_nothing_behind,
            "handlers/authentication.py prove",
            swap(Exchange, "reply", with_a_transaction),
        ),
        proof(
            used_nonces_are_remembered_up_to_a_limit,
            "auth/nonce.py NonceLedger._make_room",
            swap(NonceLedger, "_make_room", lambda *_: None),
        ),
        proof(
            what_strangers_can_name_is_remembered_up_to_a_limit,
            "guards/bounded.py keep, store/cache.py Cache",
            edit(bounded.keep, ("len(entries) > limit", "False")),
        ),
        proof(
            guessers_are_remembered_up_to_a_limit,
            "guards/guard.py MAX_SOURCES",
            edit(bounded.keep, ("len(entries) > limit", "False")),
        ),
    ],
)

# browsers


_UPGRADE = (
    "GET / HTTP/1.1\r\nHost: sip.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: {origin}\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: sip\r\n\r\n"
)


async def a_page_of_another_site_may_not_connect() -> None:
    edge = Edge(origins=("https://phone.example.org",))
    await edge.start(("ws", "127.0.0.1", 0))
    seen = {}
    for origin in (
        "https://evil.example",
        "null",
        "https://phone.example.org.evil.example",
        "https://phone.example.org",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.port(0))
        writer.write(_UPGRADE.format(origin=origin).encode())
        seen[origin] = (await reader.readline()).split(b" ")[1]
        await Client(reader, writer).close()
    await edge.transports.stop()
    assert seen == {origin: b"101" if origin == "https://phone.example.org" else b"403" for origin in seen}


def _all_origins(framing: WebSocketFraming, _origins: object) -> None:
    _framing(framing, None)


_framing = WebSocketFraming.__init__

ORIGINS = Row(
    "origins",
    "a web page that speaks SIP through its visitor's browser",
    "only pages of the origins that the operator named connect; others get 403",
    [
        proof(
            a_page_of_another_site_may_not_connect,
            "transport/websocket.py WebSocketFraming",
            swap(WebSocketFraming, "__init__", _all_origins),
        )
    ],
)

ROWS = [SLOW_STREAMS, FLOOD]
MORE = [ORIGINS]
