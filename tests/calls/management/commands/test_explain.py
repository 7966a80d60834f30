"""`manage.py explain`: what a support person reads, and what it says of a question that cannot be answered."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from subscribers.models import CallSettings, Forwarding
from tests.factories.trunking import GatewayFactory, GatewaySourceFactory, GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers


def explained(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    call_command("explain", *options)
    return capsys.readouterr().out


@pytest.fixture
def pstn(two_resellers: TwoResellers) -> Any:
    gateway = GatewayFactory(
        name="PSTN", host="192.0.2.10", number_format=two_resellers.a.domain.dial_settings.number_format
    )
    GatewaySourceFactory(gateway=gateway)
    RouteFactory(gateway=gateway, prefix="43")
    return gateway


def test_a_call_between_two_phones(two_resellers: TwoResellers, capsys: pytest.CaptureFixture[str]) -> None:
    page = explained(capsys, "--from", "alice@a.example.org", "--to", "01 1002")
    assert "alice@a.example.org (+4311001) → sip:011002@a.example.org (+4311002)" in page
    assert "Number          011002 is +4311002: national, after the prefix 0" in page
    assert "→ The phones of bob@a.example.org ring." in page
    assert "From: <sip:alice@a.example.org>" in page
    assert two_resellers.a.bob_binding.contact in page


def test_a_call_out(pstn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    GatewayStateFactory(gateway=pstn, is_up=False, last_error="no answer", last_status=None)
    page = explained(capsys, "--from", "sip:alice@a.example.org", "--to", "+43720555", "--anonymous")
    assert "Gateway         PSTN does not answer and is tried anyway" in page
    assert "1. PSTN (does not answer)" in page
    assert "sip:+43720555@192.0.2.10:5060" in page
    assert "P-Asserted-Identity: <sip:+4311001@a.example.org>" in page
    assert "Privacy: id  (from the caller)" in page
    assert "PSTN, edge1: does not answer" in page


def test_a_call_in_and_what_follows(two_resellers: TwoResellers, pstn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    alice = two_resellers.a.alice
    CallSettings.objects.create(subscriber=alice)
    Forwarding.objects.create(subscriber=alice, condition="no_answer", targets=["+4311002"], seconds=15)
    page = explained(capsys, "--from", "0720111", "--via", "pstn", "--to", "4311001")
    assert "the call is from gateway PSTN" in page
    assert "→ The phones of alice@a.example.org ring, for 15 seconds." in page
    assert "If that fails (no answer):" in page
    assert "    Forwarding      alice forwards (no answer) to +4311002" in page
    assert "Diversion: <sip:+4311001@a.example.org>;reason=no-answer;counter=1  (above any other)" in page


def test_json(two_resellers: TwoResellers, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(
        explained(
            capsys,
            "--from",
            "alice@a.example.org",
            "--to",
            "12",
            "--at",
            "2026-12-24T18:00",
            "--json",
            "--method",
            "MESSAGE",
        )
    )
    assert (found["verdict"], found["status_code"], found["at"]) == ("refused", 404, "2026-12-24T18:00:00Z")
    assert found["steps"][0] == {"rule": "caller", "text": "the call is from subscriber alice (+4311001)"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--from", "nobody@a.example.org", "--to", "1"], "--from: There is no such subscriber"),
        (["--from", "alice@nowhere.example", "--to", "1"], "--from: There is no such subscriber"),
        (["--from", "alice", "--to", "1"], "--from: Write a subscriber as user@domain, or a number with its plus"),
        (["--from", "alice@a.example.org", "--to", " "], "--to: Say who is called"),
        (["--from", "alice@a.example.org", "--to", "sip:@"], "--to: This is no address"),
        (["--via", "Carrier", "--to", "1"], "--via: There is no gateway of this name. There are: PSTN, Sleeping."),
        (["--via", "Sleeping", "--to", "1"], "--via: This gateway is suspended"),
        (["--from", "alice@a.example.org", "--to", "1", "--at", "soon"], "--at soon: write a time such as"),
        (["--from", "alice@a.example.org", "--to", "1", "--at", "2026-13-01T00:00"], "write a time such as"),
    ],
)
def test_mistakes_are_named_with_what_to_do(pstn: Any, options: list[str], sentence: str) -> None:
    GatewayFactory(name="Sleeping", is_active=False)
    with pytest.raises(CommandError) as error:
        call_command("explain", *options)
    assert sentence in str(error.value)
