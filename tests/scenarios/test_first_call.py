"""The contract's first call, with SIPp as the phone and as the gateway, and its way into the API."""

from datetime import datetime

import pytest

from provider.run.environment import ROOT
from tests.ports import EDGE, GATEWAY, free_port
from tests.scenarios.running import Platform
from tests.scenarios.sip_message import Account
from tests.scenarios.sipp import Sipp

pytestmark = pytest.mark.xdist_group("platform")


@pytest.mark.parametrize("dialled", ["+4311001", "004311001", "011001", "4311001"])
def test_the_gateway_calls_alice_by_each_form_of_her_number(
    platform: Platform, sipp: Sipp, alice: Account, dialled: str
) -> None:
    port = free_port(EDGE)
    sipp.register(alice, port).succeeds()
    call_id = f"first-call-{dialled}@{GATEWAY}"
    phone = sipp.await_call("phone", EDGE, port)
    gateway = sipp.start("gateway", GATEWAY, "-s", dialled, "-cid_str", call_id)
    gateway.succeeds()
    phone.succeeds()
    call = platform.ended_call(call_id)
    assert (call["direction"], call["outcome"], call["ended_by"]) == ("inbound", "answered", "caller")
    assert (call["caller_number"], call["callee_number"]) == ("+43720123456", "+4311001")
    assert (call["status_code"], call["cause"]) == (200, 16)
    times = [datetime.fromisoformat(call[name]) for name in ("started_at", "ringing_at", "answered_at", "ended_at")]
    assert times == sorted(times)
    assert 0.9 < call["billable_seconds"] < 3


def test_the_commands_that_the_readme_shows(platform: Platform, sipp: Sipp, alice: Account) -> None:
    port = free_port(EDGE)
    given = {
        "127.0.0.1:5060": "{}:{}".format(*platform.edge),
        "5070": str(port),
        "5071": str(free_port(GATEWAY)),
        "$PASSWORD": alice.password,
    }
    lines = (ROOT / "README.md").read_text().splitlines()
    register, phone, gateway = (line for line in lines if line.startswith("sipp "))
    sipp.shown(register, given).succeeds()
    called = sipp.shown(phone, given, listens_at=port)
    sipp.shown(gateway, given).succeeds()
    called.succeeds()
