"""A running edge with all its transports: calls from one to the other, and certificates that are renewed."""

import asyncio
import re
from pathlib import Path

import pytest

from sipedge.binds import read_listeners
from sipedge.config import Address, EdgeConfig
from sipedge.edge import Edge
from sipedge.listeners import describe
from sipedge.sip.message import Request
from sipedge.store.memory import MemoryStore
from sipedge.telemetry import Telemetry
from sipedge.transport.certificates import TlsFiles
from sipedge.variables import Variables
from tests.certificates import Authority
from tests.ports import free_port
from tests.sipedge.routing.network import fill
from tests.sipedge.wire_phones import PATIENCE, WirePhone, give_passwords

HOSTS = ("127.0.0.1", "::1")
STREAMS = ("TLS", "WS", "WSS")


class Running:
    """An edge on free ports, its authority, and where each transport is."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.pair = self.authority.server("localhost", *HOSTS, file="edge")
        port = free_port(*HOSTS)
        values = {
            "SIP_BIND": f"127.0.0.1:{port},[::1]:{port}",
            "SIP_TLS_CERTIFICATES": str(self.pair.chain),
            **{f"SIP_{name}_BIND": f"127.0.0.1:{free_port()},[::1]:{free_port('::1')}" for name in STREAMS},
        }
        self.listeners = read_listeners(Variables(values))
        self.store = fill(MemoryStore())
        give_passwords(self.store)
        files, here = TlsFiles((self.pair.both,), client_ca=self.authority.certificate), Address("127.0.0.1", port)
        config = EdgeConfig("edge1", self.listeners, here, "", (), b"k" * 32, folder, tls=files, ws_origins=None)
        self.edge = Edge(config, self.store, Telemetry())
        self.phones: list[WirePhone] = []

    async def phone(self, transport: str, host: str) -> WirePhone:
        at = next(one for one in self.listeners if (one.transport, one.host) == (transport, host))
        phone = await WirePhone.open(transport, host, at.port, self.authority.context())
        self.phones.append(phone)
        return phone


@pytest.fixture
async def running(tmp_path):
    running = Running(tmp_path)
    await running.edge.start()
    yield running
    for phone in running.phones:
        await phone.close()
    await running.edge.stop()


async def heard(phone, method):
    """The next request of this method."""
    while True:
        message = await phone.hears()
        if isinstance(message, Request) and message.method == method:
            return message


@pytest.mark.parametrize(
    ("caller", "callee"),
    [
        (("tls", "127.0.0.1"), ("udp", "127.0.0.1")),
        (("udp", "127.0.0.1"), ("tls", "127.0.0.1")),
        (("ws", "127.0.0.1"), ("udp", "127.0.0.1")),
        (("udp", "127.0.0.1"), ("wss", "::1")),
        (("udp", "::1"), ("udp", "127.0.0.1")),
        (("tcp", "127.0.0.1"), ("udp", "::1")),
        (("wss", "127.0.0.1"), ("tls", "::1")),
    ],
)
async def test_a_call_between_any_two_transports(running, caller, callee):
    alice, bob = await running.phone(*caller), await running.phone(*callee)
    assert (await alice.registers("alice")).status_code == 200
    assert (await bob.registers("bob")).status_code == 200

    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    answer = asyncio.create_task(alice.asks_as("alice", invite))
    offered = await heard(bob, "INVITE")
    assert offered.top_via.transport == callee[0].upper()
    await bob.answers(offered, 180)
    await bob.answers(offered, 200)
    response = await answer
    assert response.status_code == 200
    assert len(response.get_all("Record-Route")) == 2

    await alice.say(alice.in_dialog("ACK", response, cseq=response.cseq.number))
    ack = await heard(bob, "ACK")
    assert ack.call_id == invite.call_id
    await bob.say(bob.in_dialog("BYE", response, swap=offered))
    bye = await heard(alice, "BYE")
    await alice.answers(bye, 200)
    assert (await bob.final()).status_code == 200
    (call,) = running.store.calls.records.values()
    assert (call.state, call.ended_by) == ("ended", "callee")


async def test_a_browser_that_is_gone_is_called_no_more(running):
    browser = await running.phone("ws", "127.0.0.1")
    await browser.registers("bob")
    await browser.close()
    running.phones.remove(browser)
    alice = await running.phone("udp", "127.0.0.1")
    await alice.registers("alice")
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    assert (await alice.asks_as("alice", invite)).status_code == 480


async def test_a_renewed_certificate_is_shown_to_new_phones_and_old_ones_stay(running):
    at = next(one for one in running.listeners if one.transport == "tls")
    old = await running.phone("tls", "127.0.0.1")
    running.authority.server("renewed.example", file="edge")
    running.edge.reload()

    async def shown():
        reader, writer = await asyncio.open_connection(
            at.host, at.port, ssl=running.authority.context(), server_hostname="renewed.example"
        )
        writer.close()
        del reader

    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await shown()
                break
            except OSError:  # not yet
                await asyncio.sleep(0.01)
    assert (await old.registers("alice")).status_code == 200


async def test_its_figures_tell_of_streams(running):
    await (await running.phone("tls", "127.0.0.1")).registers("alice")
    figures = {
        metric.name: metric.samples[0].value for metric in running.edge._engine._telemetry.collect() if metric.samples
    }
    assert figures["freiton_edge_connections"] == 1


async def test_every_listener_is_named_at_the_start(running):
    text = describe(running.listeners)
    assert re.fullmatch(r"udp and tcp 127\.0\.0\.1:\d+, udp and tcp \[::1\]:\d+(, (tls|ws|wss) \S+:\d+){6}", text)
