"""Calls between the gateway and the demo phones, both sides played by SIPp, and what the API says of them."""

import pytest

from tests.ports import EDGE, GATEWAY, free_port
from tests.scenarios.running import Platform
from tests.scenarios.sip_message import Account
from tests.scenarios.sipp import Sipp

pytestmark = pytest.mark.xdist_group("platform")

INBOUND = {
    "phone_busy": ("gateway_refused", 486, "callee"),
    "phone_declines": ("gateway_refused", 603, "callee"),
    "phone_cancelled": ("gateway_cancels", 487, "caller"),
    "phone_hangs_up": ("gateway_hears_bye", 200, "callee"),
    "phone_held": ("gateway_holds", 200, "caller"),
    "phone_transfers": ("gateway_hears_bye", 200, "callee"),
}
"""What the phone does: what the gateway does then, and the status and the side that the record gets."""


@pytest.fixture
def phone_port(sipp: Sipp, alice: Account, transport: str) -> int:
    """The port at which Alice's phone is registered; later calls to her go there."""
    port = free_port(EDGE)
    sipp.register(alice, port, transport=transport).succeeds()
    return port


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("phone_does", INBOUND)
def test_a_call_from_the_gateway(
    platform: Platform, sipp: Sipp, phone_port: int, phone_does: str, transport: str
) -> None:
    gateway_does, status, ended_by = INBOUND[phone_does]
    call_id = f"{phone_does}-{transport}@{GATEWAY}"
    phone = sipp.await_call(phone_does, EDGE, phone_port, transport=transport)
    gateway = sipp.start(gateway_does, GATEWAY, "-s", "+4311001", "-cid_str", call_id, transport=transport)
    gateway.succeeds()
    phone.succeeds()
    call = platform.ended_call(call_id)
    assert (call["status_code"], call["ended_by"], call["direction"]) == (status, ended_by, "inbound")
    assert (call["answered_at"] is not None) == (status == 200)


@pytest.mark.parametrize("transport", ["udp"])
def test_a_call_from_a_gateway_that_speaks_tcp_to_a_phone_that_does_not(
    platform: Platform, sipp: Sipp, phone_port: int
) -> None:
    phone = sipp.await_call("phone", EDGE, phone_port)
    gateway = sipp.start("gateway", GATEWAY, "-s", "+4311001", "-cid_str", "tcp-call", transport="tcp")
    gateway.succeeds()
    phone.succeeds()
    assert platform.ended_call("tcp-call")["outcome"] == "answered"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_out_with_early_media(platform: Platform, sipp: Sipp, alice: Account, transport: str) -> None:
    call_id = f"out-by-{transport}"
    gateway = sipp.await_call("gateway_called", GATEWAY, platform.edge[1])
    options = ("-s", "+43720123456", "-au", alice.username, "-ap", alice.password, "-cid_str", call_id)
    phone = sipp.start("phone_calls_out", EDGE, *options, transport=transport)
    phone.succeeds()
    gateway.succeeds()
    call = platform.ended_call(call_id)
    assert (call["direction"], call["outcome"]) == ("outbound", "answered")
    assert (call["caller_number"], call["callee_number"]) == ("+4311001", "+43720123456")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_registration_is_refreshed(platform: Platform, sipp: Sipp, alice: Account, transport: str) -> None:
    sipp.register(alice, free_port(EDGE), transport=transport, scenario="register_refreshed").succeeds()
    [row] = [row for row in platform.api("registrations/") if row["aor"] == "alice@localhost"]
    assert (row["transport"], row["user_agent"], row["updated_at"] > row["created_at"]) == (transport, "SIPp", True)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_wrong_password_never_registers(platform: Platform, sipp: Sipp, transport: str) -> None:
    run = sipp.register(Account("bob", "not-the-password"), free_port(EDGE), transport=transport)
    assert "received 'SIP/2.0 401" in run.fails()
    assert [row for row in platform.api("registrations/") if row["aor"] == "bob@localhost"] == []
