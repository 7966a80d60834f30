"""Statistics of calls in the API."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories.calls import CallFactory
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def _ask(token: str, **query: str) -> Any:
    return Client().get("/api/v1/calls/statistics/", query, headers={"Authorization": f"Bearer {token}"})


def test_figures_have_names_and_keys_are_text(two_resellers: TwoResellers) -> None:
    gateway = GatewayFactory()
    CallFactory(direction="inbound", gateway_in=gateway, ended=True)
    (row,) = _ask(two_resellers.admin_token_text, group_by="gateway").json()
    assert (row["key"], row["attempts"], row["answered"], row["asr"]) == (f"{gateway.pk}:in", 1, 1, 100.0)
    assert set(row) == {"key", "attempts", "answered", "minutes", "asr", "ner", "acd", "pdd", "pdd_95"}
    (row,) = _ask(two_resellers.admin_token_text, gateway=str(gateway.pk)).json()
    assert row["key"] == f"{timezone.now():%Y-%m-%d}T00:00:00Z"


def test_each_sees_its_own(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    for _ in range(3):
        CallFactory(caller_reseller=b.reseller, caller_customer=b.customer)
    before = sum(row["attempts"] for row in _ask(a.reseller_token_text).json())
    CallFactory(caller_reseller=a.reseller)
    assert sum(row["attempts"] for row in _ask(a.reseller_token_text).json()) == before + 1
    others = _ask(a.reseller_token_text, reseller=str(b.reseller.pk)).json()
    assert sum(row["attempts"] for row in others) == before + 1
    assert _ask(b.customer_token_text).json() == []


@pytest.mark.parametrize("query", [{"group_by": "colour"}, {"page": "1"}, {"begin": "soon"}])
def test_what_is_not_known_is_refused(two_resellers: TwoResellers, query: dict[str, str]) -> None:
    answer = _ask(two_resellers.admin_token_text, **query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.content.decode()
