"""A carrier that is known by its name, through a running edge: SRV records decide where a call out goes."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import GATEWAY, Ports, free_port
from tests.scenarios.provisioning import Exchange, make_exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.sipedge.transport.name_server import NameServer
from trunking.models import Gateway

CARRIER = "sbc.carrier.example"


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A name server, with a loop of its own."""
    server, loop = NameServer(), asyncio.new_event_loop()
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(server.stop())
    loop.close()


@pytest.fixture
def exchange(edge_dsn: str, ports: Ports, names: NameServer, tmp_path: Path) -> Exchange:
    """The gateway by name, and the edge told of the name server."""
    made = make_exchange(ports.sip)
    Gateway.objects.update(host=CARRIER, port=None)
    run = tmp_path / "data" / "run"
    run.mkdir(parents=True)
    (run / "env").write_text("SIP_NAMESERVERS={}:{}\n".format(*names.address))
    return made


def test_a_call_out_goes_to_the_server_that_answers(
    exchange: Exchange, names: NameServer, edge: RunningEdge, ports: Ports, phone: Endpoint, gateway: Endpoint
) -> None:
    silent_port = free_port(GATEWAY)
    names.add(f"_sip._udp.{CARRIER}", "SRV", f"1 1 {silent_port} a.example.", f"2 1 {ports.sip} b.example.")
    names.add("a.example", "A", GATEWAY)
    names.add("b.example", "A", GATEWAY)
    alice = exchange.phone("alice", "+4311001")
    phone.register(alice)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((GATEWAY, silent_port))
        caller = OutgoingCall.begin_signed(phone, "sip:+43720123456@localhost", alice)
        callee = IncomingCall.ringing(gateway)
        assert silent.recv(65_535).startswith(b"INVITE sip:+43720123456@sbc.carrier.example SIP/2.0")
    assert callee.invite.uri == f"sip:+43720123456@{CARRIER}"
    connect(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200
    again = OutgoingCall.begin_signed(phone, "sip:+43720123457@localhost", alice)
    callee = IncomingCall.ringing(gateway)  # the silent one is not tried first again
    connect(again, callee)
    assert callee.hang_up_heard_by(again) == 200


def test_without_name_servers_the_edge_answers_and_says_so(
    exchange: Exchange, names: NameServer, edge: RunningEdge, phone: Endpoint
) -> None:
    names.is_silent = True
    alice = exchange.phone("alice", "+4311001")
    phone.register(alice)
    caller = OutgoingCall.begin_signed(phone, "sip:+43720123456@localhost", alice)
    assert edge.answers()
    assert caller.final().status == 500
    assert f"x {CARRIER} cannot be located" in edge.program.said()
