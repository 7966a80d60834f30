"""Calls in the API."""

from datetime import timedelta

import pytest

from accounts.actions import create_token
from tests.calls.conftest import Heard
from tests.factories.calls import CallFactory, call_between
from tests.factories.trunking import GatewayFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send


def _ids(found: list[dict[str, object]]) -> set[object]:
    return {row["id"] for row in found}


def test_calls_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    live, ended = str(side.call.pk), str(side.ended_call.pk)
    assert _ids(rows(token, "calls/", is_live="true")) == {live}
    assert _ids(rows(token, "calls/", state="ended")) == {ended}
    assert _ids(rows(token, "calls/", direction="inbound")) == set()
    assert _ids(rows(token, "calls/", subscriber=side.alice.uid)) == {live, ended}
    after = (side.call.started_at + timedelta(seconds=1)).isoformat()
    assert _ids(rows(token, "calls/", started_before=after)) == {live, ended}
    assert _ids(rows(token, "calls/", started_after=after)) == set()


def test_a_call_is_found_by_either_number(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    call = call_between(side.alice, side.bob, caller_number="+4311001", callee_number="+4311002")
    for number in ("+4311001", "+4311002"):
        assert _ids(rows(side.reseller_token_text, "calls/", number=number)) == {str(call.pk)}


def test_a_foreign_subscriber_finds_nothing_even_in_a_common_call(two_resellers: TwoResellers) -> None:
    call_between(two_resellers.a.alice, two_resellers.b.alice)
    token = two_resellers.a.reseller_token_text
    assert rows(token, "calls/", subscriber=two_resellers.b.alice.uid) == []


def test_calls_of_a_customer_a_reseller_and_by_a_gateway(two_resellers: TwoResellers) -> None:
    a, b, admin = two_resellers.a, two_resellers.b, two_resellers.admin_token_text
    between, gateway = call_between(a.alice, b.alice), GatewayFactory()
    inbound = CallFactory(direction="inbound", gateway_in=gateway, callee_reseller=a.reseller)
    own = {str(one.pk) for one in (a.call, a.ended_call)}
    assert _ids(rows(admin, "calls/", customer=a.customer.uid)) == own | {str(between.pk)}
    assert _ids(rows(admin, "calls/", reseller=a.reseller.uid)) == own | {str(between.pk), str(inbound.pk)}
    (row,) = rows(admin, "calls/", gateway=gateway.uid)
    assert (row["id"], row["gateway_in"], row["gateway_out"]) == (str(inbound.pk), str(gateway.uid), None)
    assert (row["edge"], row["parent"]) == ("edge-1", None)
    token = a.reseller_token_text
    for foreign in ({"customer": b.customer.uid}, {"reseller": b.reseller.uid}, {"gateway": gateway.uid}):
        assert rows(token, "calls/", **foreign) == []
    RouteFactory(reseller=a.reseller, gateway=gateway)  # now it sees the gateway; by which one its calls go it does not
    assert [row["id"] for row in rows(token, "gateways/")] == [str(gateway.uid)]
    assert rows(token, "calls/", gateway=gateway.uid) == []
    shown = ask(token, f"calls/{inbound.pk}/")
    assert not {"gateway_in", "gateway_out", "edge"} & set(shown.json())
    assert str(gateway.uid) not in shown.content.decode()


def test_a_live_call_is_ended_by_its_edge(heard: Heard, two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    path = f"calls/{a.call.pk}/hang-up/"
    heard()
    assert send("POST", b.reseller_token_text, path).status_code == 404
    customer = create_token(a.customer_user, "writes", ["write"])[1]
    refused = send("POST", customer, path)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    tried = send("POST", a.reseller_token_text, path, dry_run="1")
    assert (tried.status_code, tried.json()["status"]) == (200, 202)
    assert not [key for topic, key in heard() if "hangup" in topic]
    key = {"Idempotency-Key": "once"}
    for token in (a.reseller_token_text, a.reseller_token_text):
        asked = send("POST", token, path, headers=key)
        assert (asked.status_code, asked.json()["state"]) == (202, a.call.state)
    assert [one for one in heard() if "hangup" in one[0]] == [("hangup_by_reseller", [str(a.call.pk)])]
    send("POST", two_resellers.admin_token_text, path)
    assert [one for one in heard() if "hangup" in one[0]] == [("hangup", [str(a.call.pk)])]


def test_a_call_that_has_ended_cannot_be_ended(two_resellers: TwoResellers) -> None:
    for token in (two_resellers.a.reseller_token_text, two_resellers.admin_token_text):
        late = send("POST", token, f"calls/{two_resellers.a.ended_call.pk}/hang-up/")
        assert (late.status_code, late.json()["code"]) == (409, "has_ended")


@pytest.mark.parametrize(
    ("field", "value"), [("started_after", "yesterday"), ("state", "dead"), ("subscriber", "x"), ("is_live", "x")]
)
def test_what_makes_no_sense_is_named(two_resellers: TwoResellers, field: str, value: str) -> None:
    assert set(refused_fields(ask(two_resellers.a.reseller_token_text, "calls/", **{field: value}))) == {field}
