"""Statistics of calls in the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.factories.calls import CallFactory, call_between
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields

PATH = "calls/statistics/"


def _rows(token: str, **query: Any) -> list[dict[str, Any]]:
    response = ask(token, PATH, **query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def _attempts(token: str, **query: Any) -> int:
    return sum(row["attempts"] for row in _rows(token, **query))


def test_a_row_says_what_it_stands_for_by_ids(two_resellers: TwoResellers) -> None:
    token, gateway = two_resellers.admin_token_text, GatewayFactory()
    CallFactory(direction="inbound", gateway_in=gateway, callee_number="+4311001", ended=True)
    (row,) = _rows(token, group_by="gateway")
    assert (row["gateway"], row["way"], row["time"], row["reseller"]) == (str(gateway.uid), "in", None, None)
    assert (row["attempts"], row["answered"], row["asr"]) == (1, 1, 100.0)
    (row,) = _rows(token, gateway=gateway.uid)
    assert (row["time"], row["gateway"]) == (f"{timezone.now():%Y-%m-%d}T00:00:00Z", None)
    (row,) = _rows(token, gateway=gateway.uid, group_by="destination")
    assert (row["country"], row["attempts"]) == ("AT", 1)
    sides = {str(side.reseller.uid): 2 for side in (two_resellers.a, two_resellers.b)}
    assert {row["reseller"]: row["attempts"] for row in _rows(token, group_by="reseller")} == sides
    assert "pk" not in row
    assert str(gateway.pk) not in row.values()


def test_a_gateway_that_is_gone_has_no_id(two_resellers: TwoResellers) -> None:
    gateway = GatewayFactory()
    CallFactory(direction="inbound", gateway_in=gateway, ended=True)
    gateway.delete()
    (row,) = _rows(two_resellers.admin_token_text, group_by="gateway")
    assert (row["gateway"], row["way"], row["attempts"]) == (None, "in", 1)


def test_the_answer_says_what_was_usual(two_resellers: TwoResellers) -> None:
    answer = ask(two_resellers.a.reseller_token_text, PATH, end="2026-11-20T12:30:00Z").json()
    assert (answer["begin"], answer["end"]) == ("2026-11-13T12:00:00Z", "2026-11-20T12:00:00Z")
    assert (answer["group_by"], answer["results"]) == ("day", [])


def test_each_sees_its_own(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    before = _attempts(a.reseller_token_text), _attempts(a.customer_token_text)
    for _ in range(3):
        call_between(b.alice, b.bob)
    assert (_attempts(a.reseller_token_text), _attempts(a.customer_token_text)) == before
    call_between(a.alice, b.bob, ended=True)
    assert (_attempts(a.reseller_token_text), _attempts(a.customer_token_text)) == (before[0] + 1, before[1] + 1)
    assert _attempts(b.customer_token_text) == 6


def test_of_one_customer_or_subscriber(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    call_between(a.alice, b.alice, ended=True)
    CallFactory(caller_reseller=a.reseller)
    for token in (two_resellers.admin_token_text, a.reseller_token_text, a.customer_token_text):
        assert _attempts(token, customer=a.customer.uid) == 3
        assert _attempts(token, subscriber=a.alice.uid) == 3
        assert _attempts(token, subscriber=a.bob.uid, group_by="destination") == 2
    assert _attempts(two_resellers.admin_token_text, customer=a.customer.uid, reseller=b.reseller.uid) == 1
    long_ago = timezone.now() - timedelta(days=70)
    late = ask(a.reseller_token_text, PATH, customer=a.customer.uid, begin=long_ago.isoformat())
    assert set(refused_fields(late)) == {"begin"}


def test_another_resellers_ids_are_those_of_nothing(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    for name, row in (("reseller", b.reseller), ("customer", b.customer), ("subscriber", b.alice)):
        for token in (a.reseller_token_text, a.customer_token_text):
            assert refused_fields(ask(token, PATH, **{name: row.uid})) == {name: "does_not_exist"}
    assert _attempts(a.reseller_token_text, reseller=a.reseller.uid) == 2


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"group_by": "colour"}, {"group_by": "invalid_choice"}),
        ({"page": "1"}, {"page": "unknown_parameter"}),
        ({"begin": "soon"}, {"begin": "invalid"}),
        ({"gateway": "7"}, {"gateway": "invalid"}),
        ({"begin": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, {"end": "invalid"}),
        ({"begin": "9999-12-31T23:00:00Z"}, {"begin": "invalid"}),
    ],
)
def test_what_is_not_known_is_refused(
    two_resellers: TwoResellers, query: dict[str, str], codes: dict[str, str]
) -> None:
    assert refused_fields(ask(two_resellers.admin_token_text, PATH, **query)) == codes


def test_gateways_are_the_providers(two_resellers: TwoResellers) -> None:
    for token in (two_resellers.a.reseller_token_text, two_resellers.a.customer_token_text):
        for group_by in ("gateway", "reseller"):
            assert refused_fields(ask(token, PATH, group_by=group_by)) == {"group_by": "role_not_allowed"}
        assert refused_fields(ask(token, PATH, gateway=GatewayFactory().uid)) == {"gateway": "does_not_exist"}
