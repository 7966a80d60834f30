"""Calls as CSV, in the panel and in the API."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls import export
from sipedge.proxy.identity import ANONYMOUS
from tests.factories.calls import CallFactory, call_between
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

pytestmark = pytest.mark.django_db


def _rows(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(b"".join(response).decode("utf-8-sig"))))


def _api(token: str, **query: str) -> Any:
    return Client().get("/api/v1/calls/export/", query, headers={"Authorization": f"Bearer {token}"})


def test_the_panels_list_is_exported_as_it_is_filtered(two_resellers: TwoResellers) -> None:
    client = admin_client(two_resellers.admin)
    gateway = GatewayFactory(name="=Gate")
    CallFactory(direction="inbound", gateway_in=gateway, caller_number="+43660", caller="=cmd|x")
    page = client.get(reverse("admin:calls_call_changelist"), {"direction__exact": "inbound"}).content.decode()
    assert reverse("admin:calls_call_export") + "?direction__exact=inbound" in page
    (row,) = _rows(client.get(reverse("admin:calls_call_export"), {"direction__exact": "inbound"}))
    assert (row["caller"], row["caller_number"], row["gateway_in"]) == ("'=cmd|x", "'+43660", "'=Gate")
    assert client.get(reverse("admin:calls_call_export"), {"nonsense": "1"}).status_code == 302


def test_no_more_than_so_many(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    for _ in range(4):
        CallFactory()
    assert len(_rows(admin_client(two_resellers.admin).get(reverse("admin:calls_call_export")))) == 2


def test_each_gets_its_own(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    known = {str(a.call.pk), str(b.call.pk)}
    foreign = CallFactory()
    assert {row["id"] for row in _rows(_api(two_resellers.admin_token_text))} >= {*known, str(foreign.pk)}
    for side, other in ((a, b), (b, a)):
        for token in (side.reseller_token_text, side.customer_token_text):
            found = _rows(_api(token))
            assert str(side.call.pk) in {row["id"] for row in found}
            assert {str(other.call.pk), str(foreign.pk)} & {row["id"] for row in found} == set()
            assert "gateway_in" not in found[0]
    assert _api(a.reseller_token_text, page="2").status_code == 400
    assert Client().get("/api/v1/calls/export/").status_code == 401


def test_a_withheld_number_stays_withheld_from_the_customer(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    call = call_between(b.alice, a.alice, caller_number="+4319999", started_at=timezone.now())
    call.caller = ANONYMOUS
    call.save()
    (row,) = [one for one in _rows(_api(a.customer_token_text)) if one["id"] == str(call.pk)]
    assert row["caller_number"] == ""
    (row,) = [one for one in _rows(_api(a.reseller_token_text)) if one["id"] == str(call.pk)]
    assert row["caller_number"] == "'+4319999"
