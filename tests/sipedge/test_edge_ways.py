"""The ways to a target on real sockets: names, failover, large requests, certificates; peers and DNS are the test's."""

import asyncio
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sipedge.config import Address, EdgeConfig, plain_listeners
from sipedge.edge import Edge
from sipedge.store.memory import MemoryStore
from sipedge.telemetry import Telemetry
from sipedge.transport import resolver
from sipedge.transport.certificates import TlsFiles
from tests.certificates import Authority
from tests.ports import free_port
from tests.sipedge.routing.network import BOB, PSTN, binding, fill
from tests.sipedge.transport.name_server import NameServer

CALLER = "127.0.0.9"  # the gateway that calls; the others are at 127.0.0.1
PATIENCE = 8.0
INVITE = (
    "INVITE sip:+4311002@north.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:{port};branch=z9hG4bK{number}\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:+4311002@north.example>\r\nCall-ID: c{number}\r\n"
    "CSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.9:{port}>\r\nContent-Length: {size}\r\n\r\n"
)


class Streams:
    """A TCP or TLS peer: what it reads goes to `received`."""

    def __init__(self):
        self.received = asyncio.Queue()
        self.port = 0

    async def start(self, context=None, port=0):
        self._server = await asyncio.start_server(self._read, "127.0.0.1", port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _read(self, reader, writer):
        data = await reader.read(65_535)
        if data:
            self.received.put_nowait(data)
        await reader.read()
        writer.close()

    async def invite(self):
        return await asyncio.wait_for(self.received.get(), PATIENCE)

    def stop(self):
        self._server.close()


class Caller:
    """A trusted gateway that calls bob, and everything that bob may be reached by."""

    def __init__(self, tmp_path, port):
        self.authority = Authority(tmp_path)
        self.names = NameServer()
        self.edge_port = port
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setblocking(False)
        self.udp.bind((CALLER, 0))
        self.peers = []
        self.store = fill(MemoryStore())
        self.store.gateways.put(replace(PSTN, sources=(f"{CALLER}/32",)))
        self._number = 0

    async def start(self, tmp_path):
        await self.names.start()
        here = Address("127.0.0.1", self.edge_port)
        listeners = plain_listeners((here,))
        tls = listeners[1]._replace(transport="tls", port=0, advertised_port=5061)
        files = TlsFiles((self.authority.server("edge.test").both,), ca=self.authority.certificate)
        config = EdgeConfig("edge1", (*listeners, tls), here, "", (), b"k" * 32, Path(tmp_path))
        self.edge = Edge(replace(config, nameservers=(self.names.address,), tls=files), self.store, Telemetry())
        await self.edge.start()

    async def stop(self):
        for peer in self.peers:
            peer.stop()
        self.udp.close()
        await self.edge.stop()
        await self.names.stop()

    async def stream(self, *names, port=0):
        """A TCP peer, or a TLS peer with a certificate for `names`."""
        peer = await Streams().start(self.authority.server(*names).context() if names else None, port)
        self.peers.append(peer)
        return peer

    def call(self, contact, size=0):
        """Bob is registered with this contact and is called."""
        self._number += 1
        self.store.bindings.put(BOB.id, binding(contact))
        head = INVITE.format(port=self.udp.getsockname()[1], number=self._number, size=size)
        self.udp.sendto(head.encode() + b"v" * size, ("127.0.0.1", self.edge_port))

    async def final(self):
        """The status of the call's end."""
        loop = asyncio.get_running_loop()
        while True:
            data = await asyncio.wait_for(loop.sock_recv(self.udp, 65_535), PATIENCE)
            if data[8:9] > b"1":
                return int(data[8:11])


@pytest.fixture
async def caller(tmp_path):
    caller = Caller(tmp_path, free_port())
    await caller.start(tmp_path)
    yield caller
    await caller.stop()


async def test_srv_leads_to_the_second_server_when_the_first_is_closed(caller):
    peer = await caller.stream()
    caller.names.add("_sip._tcp.pool.test", "SRV", f"1 1 {free_port()} a.test.", f"2 1 {peer.port} b.test.")
    caller.names.add("a.test", "A", "127.0.0.1")
    caller.names.add("b.test", "CNAME", "c.test")
    caller.names.add("c.test", "A", "127.0.0.1")
    began = time.monotonic()
    caller.call("sip:bob@pool.test;transport=tcp")
    assert (await peer.invite()).startswith(b"INVITE sip:bob@pool.test;transport=tcp SIP/2.0")
    assert time.monotonic() - began < 2.0


async def test_the_certificate_has_to_name_the_domain_of_the_uri_and_not_the_server_behind_it(caller):
    impostor, right = await caller.stream("a.test"), await caller.stream("pool.test")
    caller.names.add("pool.test", "NAPTR", '1 1 "s" "SIPS+D2T" "" _sips._tcp.pool.test.')
    caller.names.add("_sips._tcp.pool.test", "SRV", f"1 1 {impostor.port} a.test.", f"2 1 {right.port} b.test.")
    for name in ("a.test", "b.test"):
        caller.names.add(name, "A", "127.0.0.1")
    caller.call("sip:bob@pool.test")
    assert b"SIP/2.0/TLS" in await right.invite()
    assert impostor.received.empty()


async def test_a_large_request_goes_by_tcp_where_somebody_listens(caller):
    phone = await caller.stream()
    caller.call(f"sip:bob@127.0.0.1:{phone.port}", size=1_500)
    assert b"Via: SIP/2.0/TCP" in await phone.invite()


async def test_and_by_udp_where_tcp_is_refused(caller):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.bind(("127.0.0.1", 0))
        began = time.monotonic()
        caller.call(f"sip:bob@127.0.0.1:{phone.getsockname()[1]}", size=1_500)
        data = await asyncio.wait_for(loop.sock_recv(phone, 65_535), PATIENCE)
    assert b"Via: SIP/2.0/UDP" in data
    assert time.monotonic() - began < 2.0


async def test_without_a_name_server_addresses_are_called_and_names_fail_in_time(caller, monkeypatch):
    monkeypatch.setattr(resolver, "STEP_PATIENCE", 0.2)
    caller.names.is_silent = True
    caller.call("sip:bob@pool.test")
    phone = await caller.stream()
    caller.call(f"sip:bob@127.0.0.1:{phone.port};transport=tcp")
    began = time.monotonic()
    assert await phone.invite()
    assert time.monotonic() - began < 1.0
    assert await caller.final() == 500


async def test_localhost_needs_no_name_server(caller):
    caller.names.is_silent = True
    phone = await caller.stream()
    caller.call(f"sip:bob@localhost:{phone.port};transport=tcp")
    assert await phone.invite()
    assert not caller.names.asked
