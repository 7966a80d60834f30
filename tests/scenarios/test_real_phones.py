"""Two baresips call each other through the platform, and each hears the other's tone; sipsak asks and registers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import EDGE, GATEWAY, free_port
from tests.scenarios.baresip import Baresip, baresip_phone
from tests.scenarios.phone import How
from tests.scenarios.running import Platform
from tests.scenarios.sip_calls import OutgoingCall
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.tones import strength
from tests.scenarios.waiting import eventually
from tests.tools import require

pytestmark = pytest.mark.xdist_group("platform")

ALICE_HERTZ, BOB_HERTZ = 440, 1000
HEARD_SECONDS = 1.0


@pytest.fixture
def bob(platform: Platform) -> Iterator[Account]:
    """Bob of the demo data; none of his phones stays registered after the test."""
    account = Account("bob", platform.demo["subscribers"][1]["password"])
    yield account
    with Endpoint(platform.edge) as endpoint:
        endpoint.unregister_all(account)


@pytest.mark.parametrize("bobs_transport", ["udp", "tcp"])
def test_two_phones_call_each_other_by_number_and_hear_each_other(
    platform: Platform, alice: Account, bob: Account, tmp_path: Path, bobs_transport: str
) -> None:
    with (
        baresip_phone(tmp_path, alice, platform.edge, hertz=ALICE_HERTZ) as first,
        baresip_phone(tmp_path, bob, platform.edge, hertz=BOB_HERTZ, how=How(bobs_transport)) as second,
    ):
        _both_are_registered(platform)
        _talk(first, second, "sip:011002@localhost")
        first.hang_up()
        second.hears_event("CALL_CLOSED")
        _each_has_heard_the_other(first, second)
        _talk(second, first, "sip:+4311001@localhost")
        first.hang_up()
        second.hears_event("CALL_CLOSED")
        _each_has_heard_the_other(first, second)
    calls = eventually(lambda: _ended_calls(platform), "both calls have ended")
    numbers = ["+4311001", "+4311002"]
    assert [(call["caller_number"], call["callee_number"], call["ended_by"]) for call in calls] == [
        (*numbers[::-1], "callee"),
        (*numbers, "caller"),
    ]
    assert all(call["direction"] == "internal" and call["billable_seconds"] >= HEARD_SECONDS for call in calls)


def _both_are_registered(platform: Platform) -> None:
    wanted = {"alice@localhost", "bob@localhost"}
    eventually(
        lambda: {r["aor"] for r in platform.api("registrations/") if "baresip" in r["user_agent"]} == wanted,
        "both phones are registered",
        15.0,
    )


def _talk(caller: Baresip, callee: Baresip, uri: str) -> None:
    caller.dial(uri)
    callee.hears_event("CALL_INCOMING")
    callee.accept()
    caller.hears_event("CALL_ESTABLISHED")
    for phone in (caller, callee):
        phone.listens(HEARD_SECONDS)


def _each_has_heard_the_other(first: Baresip, second: Baresip) -> None:
    for phone, others, own in ((first, BOB_HERTZ, ALICE_HERTZ), (second, ALICE_HERTZ, BOB_HERTZ)):
        samples = phone.heard()
        assert strength(samples, others) > 0.5
        assert strength(samples, own) < 0.05


def _ended_calls(platform: Platform) -> list[dict[str, object]]:
    """The newest two calls, the newest first, if both have ended."""
    newest = platform.api("calls/")[:2]
    return newest if all(call["state"] == "ended" and call["direction"] == "internal" for call in newest) else []


def test_sipsak_asks_whether_the_edge_is_there(platform: Platform) -> None:
    result = _sipsak("-s", "sip:{}:{}".format(*platform.edge))
    assert result.returncode == 0, result.stdout


def test_sipsak_registers_with_the_right_password_alone(platform: Platform, alice: Account) -> None:
    port = free_port(EDGE)
    here = "sip:{}@{}:{}".format(alice.username, *platform.edge)
    contact = f"sip:alice@{EDGE}:{port}"
    options = ("-U", "-i", "-C", contact, "-s", here, "-u", alice.username, "-x", "60")
    assert _sipsak(*options, "-a", "not-the-password").returncode != 0
    assert contact not in [row["contact"] for row in platform.api("registrations/")]
    result = _sipsak(*options, "-a", alice.password)
    assert result.returncode == 0, result.stdout
    assert contact in [row["contact"] for row in platform.api("registrations/")]


def test_a_gateway_that_is_none_is_challenged(platform: Platform, alice: Account) -> None:
    with Endpoint(platform.edge, "127.0.0.3") as stranger, Endpoint(platform.edge, GATEWAY) as gateway:
        uri, caller = "sip:+4311001@localhost", f"sip:+43720123456@{GATEWAY}"
        assert OutgoingCall.begin(stranger, uri, caller).final().status == 407
        assert OutgoingCall.begin(gateway, uri, caller).final().status == 480


def _sipsak(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([require("sipsak"), *arguments], capture_output=True, text=True, timeout=30, check=False)
