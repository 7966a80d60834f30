"""What the filters of the feed and of deliveries leave, and how far they look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events import admin_filters
from events.models import Event
from tests.factories.accounts import CustomerFactory, UserFactory
from tests.factories.events import DeliveryFactory
from tests.provider.panel.panel import admin_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return admin_client(UserFactory(admin=True))


def _names(client: Client, kind: str = "event", **query: str) -> list[str]:
    rows = client.get(f"/admin/events/{kind}/", query).context["cl"].result_list
    return [row.object_name if kind == "event" else row.type for row in rows]


def test_events_of_a_span_of_time(client: Client) -> None:
    CustomerFactory(name="Blue Shop")
    today, yesterday = (f"{timezone.now() - timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
    assert "Blue Shop" in _names(client, at_from_0=yesterday)
    assert _names(client, at_to_0=yesterday) == []
    assert "Blue Shop" in _names(client, at_from_0=yesterday, at_to_0=today)
    assert "Blue Shop" in _names(client, at_from_0="never", at_to_0="9999-12-31")


def test_events_of_a_type_or_of_all_that_begin_alike(client: Client) -> None:
    CustomerFactory(name="Blue Shop")
    types = set(Event.objects.values_list("type", flat=True))
    assert "customer.created" in types
    assert _names(client, type="customer.created") == ["Blue Shop"]
    assert _names(client, type="customer.*") == ["Blue Shop"]
    assert _names(client, type="call.*") == []
    assert len(_names(client, type="nonsense")) == Event.objects.count()


def test_a_type_is_looked_for_among_the_newest_that_the_other_filters_leave(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = CustomerFactory(name="Blue Shop")
    CustomerFactory(name="Red Shop", reseller=CustomerFactory(name="Green Shop").reseller)
    monkeypatch.setattr(admin_filters, "LOOKED_AT", 1)
    assert _names(client, type="customer.created") == ["Red Shop"]
    assert _names(client, type="customer.created", reseller=str(first.reseller.uid)) == ["Blue Shop"]


def test_a_reseller_that_is_none_does_not_narrow(client: Client) -> None:
    CustomerFactory(name="Blue Shop")
    assert "Blue Shop" in _names(client, reseller="nonsense")
    assert _names(client, reseller="019ab1c2-8f1e-7c55-9d1c-0a4f6a1f8f10") == []


def test_a_status_is_looked_for_among_the_newest(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    DeliveryFactory(type="old", status="failed")
    DeliveryFactory(type="new", status="failed")
    DeliveryFactory(type="well", status="delivered")
    assert _names(client, "delivery", status="failed") == ["new", "old"]
    assert len(_names(client, "delivery", status="nonsense")) == 3
    monkeypatch.setattr(admin_filters, "LOOKED_AT", 2)
    assert _names(client, "delivery", status="failed") == ["new"]


def test_a_reseller_is_found_by_typing_and_none_is_listed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = CustomerFactory(name="Blue Shop", reseller__name="Blue Phones")
    CustomerFactory(name="Red Shop", reseller__name="Red Phones")
    page = client.get("/admin/events/event/", {"type": "customer.created"}).content.decode()
    assert '<option value="' not in page.split('name="reseller"')[1].split("</select>")[0].replace('value=""', "")
    field = {"app_label": "events", "model_name": "webhook", "field_name": "reseller"}
    (found,) = client.get("/admin/autocomplete/", {**field, "term": "Blue Ph"}).json()["results"]
    assert found["text"] == "Blue Phones"
    assert _names(client, type="customer.created", reseller=found["id"]) == ["Blue Shop"]
    for chosen in (found["id"], str(mine.reseller.uid)):
        page = client.get("/admin/events/event/", {"reseller": chosen}).content.decode()
        assert "Blue Phones" in page.split('name="reseller"')[1].split("</select>")[0]
    assert len(_names(client, reseller="999999999999")) == Event.objects.count()  # as any that is none
