"""Questions in words, and the requests that they would be."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from calls.explain.facts import Facts
from calls.explain.question import Asked, Question, read
from calls.explain.viewer import Viewer
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers

ALICE = "alice@a.example.org"


def asked(caller: str, callee: str, **more: object) -> Asked:
    return read(Question(caller, callee, **more), Facts(), Viewer(None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("callee", "uri"),
    [
        ("01 1002", "sip:011002@a.example.org"),
        ("bob", "sip:bob@a.example.org"),
        ("a b@b.example.org", "sip:a%20b@b.example.org"),
        ("sip:bob@b.example.org;user=phone", "sip:bob@b.example.org;user=phone"),
        ("sips:bob@b.example.org", "sips:bob@b.example.org"),
        ("tel:+4311002", "tel:+4311002"),
        ("urn:service:sos", "urn:service:sos"),
    ],
)
def test_what_is_dialled(two_resellers: TwoResellers, callee: str, uri: str) -> None:
    request = asked(ALICE, callee).request
    assert (request.method, request.request_uri) == ("INVITE", uri)
    assert request.get("From") == "<sip:alice@a.example.org>;tag=explain"


def test_a_caller_that_hides_and_one_that_shows_another_number(two_resellers: TwoResellers) -> None:
    found = asked(
        ALICE, "1", is_anonymous=True, shows="011003", at=datetime(2026, 12, 24, tzinfo=UTC), method="MESSAGE"
    )
    assert found.query.is_hidden
    assert [str(claim) for claim in found.query.claims] == ["sip:011003@a.example.org"]
    assert found.query.now == 1798070400.0
    assert found.request.method == "MESSAGE"
    assert found.base.get("P-Preferred-Identity") is None


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "1969-12-31T23:59:59+00:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_some_zone_has_not_is_refused(two_resellers: TwoResellers, at: str) -> None:
    with pytest.raises(ValidationError) as refused:
        asked(ALICE, "1", at=datetime.fromisoformat(at))
    assert set(refused.value.message_dict) == {"at"}


def test_a_call_in_by_a_gateway(two_resellers: TwoResellers) -> None:
    gateway = GatewayFactory(name="PSTN", host="192.0.2.10", called_number_in="to")
    for caller, sender in (
        ("0720 555", "sip:0720555@192.0.2.10"),
        ("bob@b.example.org", "sip:bob@b.example.org"),
        ("", "sip:anonymous@anonymous.invalid"),
    ):
        found = asked(caller, "011001", gateway="PSTN")
        assert found.caller.id == gateway.pk
        assert str(found.query.from_uri) == sender
        assert str(found.query.request_uri) == "sip:011001@a.example.org"


def test_without_any_domain_there_is_nobody_to_call(db: None) -> None:
    assert asked("+43720555", "+4311001").request.request_uri == "sip:+4311001@invalid"


@pytest.mark.parametrize("caller", ["alice", "0720555", "+1", "+43 720"])
def test_a_caller_is_an_address_or_e164(two_resellers: TwoResellers, caller: str) -> None:
    with pytest.raises(ValidationError, match="Write a subscriber as user@domain"):
        asked(caller, "1")
