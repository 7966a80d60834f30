"""Gateways as peers of a running edge: SIPp challenges it, SIPp is its registrar, and one goes down and comes back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from calls.models import Call
from tests.factories.trunking import GatewayFactory, GatewaySourceFactory, RouteFactory
from tests.ports import EDGE, GATEWAY, Ports, free_port
from tests.scenarios.provisioning import Exchange, make_exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, answer_to, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.sipp import Sipp, sipp_against
from tests.scenarios.waiting import eventually
from trunking.models import Gateway, GatewayState

SLOW = 20.0  # seconds: looks at a gateway are some seconds apart


@pytest.fixture
def sipp_at_edge(ports: Ports, tmp_path: Path) -> Iterator[Sipp]:
    """SIPp against the edge of this test, which need not run yet."""
    with sipp_against((EDGE, ports.sip), tmp_path) as driver:
        yield driver


@pytest.fixture
def exchange(edge_dsn: str, ports: Ports) -> Exchange:
    """A gateway where we have an account, and that has one here."""
    made = make_exchange(ports.sip)
    gateway = Gateway.objects.get()
    gateway.set_outbound_account("431234", "a secret")
    gateway.set_inbound_account("pbx", "its secret")
    gateway.save()
    return made


@contextmanager
def running(edge_dsn: str, ports: Ports, folder: Path) -> Iterator[RunningEdge]:
    """An edge that is started when all else stands."""
    edge = RunningEdge(edge_dsn, ports, folder)
    try:
        yield edge
    finally:
        edge.program.end()
    edge.assert_well()


def test_a_gateway_that_challenges_calls(
    exchange: Exchange, sipp_at_edge: Sipp, edge: RunningEdge, ports: Ports, phone: Endpoint
) -> None:
    alice = exchange.phone("alice", "+4311001")
    phone.register(alice)
    gateway = sipp_at_edge.await_call("gateway_challenges", GATEWAY, ports.sip)
    call = OutgoingCall.begin_signed(phone, "sip:+43732123456@localhost", alice)
    call.hears_status(200)
    bye = call.request("BYE")
    assert phone.transact(bye).status == 200
    gateway.succeeds()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_registrar(
    exchange: Exchange, sipp_at_edge: Sipp, edge_dsn: str, ports: Ports, tmp_path: Path, transport: str
) -> None:
    Gateway.objects.update(
        transport=transport, registers=True, registration_aor="sip:431234@carrier.example", registration_user="freiton"
    )
    registrar = sipp_at_edge.await_call("gateway_registrar", GATEWAY, ports.sip, transport=transport)
    with running(edge_dsn, ports, tmp_path) as edge:
        state = eventually(lambda: GatewayState.objects.filter(registered_until__isnull=False).first(), "registered")
        assert state is not None
        assert (state.edge, state.registration_status, state.registration_error) == ("scenario", 200, "")
        assert "= registered at gateway" in edge.program.said()
    registrar.succeeds()
    state.refresh_from_db()
    assert state.registered_until is None


def test_a_gateway_that_proves_itself_by_its_password(
    exchange: Exchange, edge: RunningEdge, ports: Ports, phone: Endpoint
) -> None:
    alice = exchange.phone("alice", "+4311001")
    phone.register(alice)
    uri, account = "sip:+4311001@localhost", Account("pbx", "its secret")
    with Endpoint(edge.address, "127.0.0.4") as gateway:
        caller = OutgoingCall.begin_signed(gateway, uri, account)
        callee = IncomingCall.ringing(phone)
        assert callee.invite.get_all("Proxy-Authorization") == []
        connect(caller, callee)
        assert callee.hang_up_heard_by(caller) == 200
        assert OutgoingCall.begin_signed(gateway, uri, Account("pbx", "guessed")).final().status == 407
    call = eventually(lambda: Call.objects.filter(state="ended").first(), "the record")
    assert call is not None
    assert (call.gateway_in, call.direction, call.ended_by) == (Gateway.objects.get(), "inbound", "callee")


class Answering:
    """A gateway that answers OPTIONS with 200 as long as the context lasts."""

    def __init__(self, edge: tuple[str, int], port: int) -> None:
        self._endpoint = Endpoint(edge, GATEWAY, port)
        self._thread = threading.Thread(target=self._answer)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._endpoint.close()

    def _answer(self) -> None:
        request = self._endpoint.next(lambda m: m.start.startswith("OPTIONS "), "an OPTIONS", SLOW)
        self._endpoint.send(answer_to(request, "200 OK", f"{request.get('To')};tag=up"))


def test_a_gateway_that_is_down_gets_no_calls_until_it_answers(
    exchange: Exchange, edge: RunningEdge, ports: Ports, phone: Endpoint, gateway: Endpoint
) -> None:
    alice = exchange.phone("alice", "+4311001")
    phone.register(alice)
    port = free_port(GATEWAY)
    first = GatewayFactory(name="First", host=GATEWAY, port=port, probe_interval=5, number_format=None)
    GatewaySourceFactory(gateway=first, network="127.0.0.3")
    RouteFactory(gateway=first, prefix="43732")

    eventually(lambda: "= gateway First is down: " in edge.program.said(), "it is down", SLOW)
    down = eventually(lambda: GatewayState.objects.filter(gateway=first, is_up=False).first(), "the panel knows")
    assert down is not None
    caller = OutgoingCall.begin_signed(phone, "sip:+43732123456@localhost", alice)
    callee = IncomingCall.ringing(gateway)
    connect(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200

    with Answering(edge.address, port):
        eventually(lambda: "= gateway First is up: 200" in edge.program.said(), "it is up", SLOW)
    up = eventually(lambda: GatewayState.objects.filter(gateway=first, is_up=True).first(), "the panel knows")
    assert up is not None
    assert (up.last_status, up.last_error) == (200, "")
    assert up.since is not None
    assert down.since is not None
    assert up.since > down.since
