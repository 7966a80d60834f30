"""The panel's pages of the feed, of webhooks and of what was sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from events import admin as events_admin
from events.choices import DeliveryStatus
from events.models import Delivery, Event, Webhook
from tests.factories.accounts import CustomerFactory
from tests.factories.events import DeliveryFactory, WebhookFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, queries_of

EVENTS, WEBHOOKS, DELIVERIES = (f"/admin/events/{name}/" for name in ("event", "webhook", "delivery"))


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


def _text(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.headers
    return answer.content.decode()


def _press(client: Client, path: str, **form: str) -> str:
    return client.post(path, form or {"post": "yes"}, follow=True).content.decode()


def test_the_feed_tells_whose_it_is_and_what_changed(client: Client, two_resellers: TwoResellers) -> None:
    CustomerFactory(reseller=two_resellers.a.reseller, name="Blue Shop")
    page = _text(client, EVENTS, type="customer.created", reseller=str(two_resellers.a.reseller.uid))
    assert "Blue Shop" in page
    assert "Reseller a" in page
    assert "active: yes" in page
    assert (
        "aktiv: ja"
        in client.get(EVENTS, {"type": "customer.created"}, headers={"Accept-Language": "de"}).content.decode()
    )
    assert "Blue Shop" not in _text(client, EVENTS, reseller=str(two_resellers.b.reseller.uid))


def test_the_feed_is_found_by_an_id(client: Client, two_resellers: TwoResellers) -> None:
    customer = CustomerFactory(reseller=two_resellers.a.reseller, name="Blue Shop")
    event = Event.objects.get(type="customer.created", customer=customer.uid)
    for wanted in (event.pk, customer.uid):
        page = _text(client, EVENTS, q=str(wanted))
        assert f"{event.pk}/change/" in page
        assert page.count('class="data-row') <= 1
    assert f"{event.pk}/change/" not in _text(client, EVENTS, q="Blue")


def test_the_page_of_an_event_leads_to_what_it_is_about(client: Client, two_resellers: TwoResellers) -> None:
    customer = two_resellers.a.customer
    event = Event.objects.get(type="customer.created", customer=customer.uid)
    page = _text(client, f"{EVENTS}{event.pk}/change/")
    assert f"/admin/accounts/customer/{customer.pk}/change/" in page
    assert str(event.pk) in page
    assert 'name="_save"' not in page


def test_more_events_take_no_more_queries(client: Client, two_resellers: TwoResellers) -> None:
    before = queries_of(client, EVENTS)
    for _ in range(10):
        CustomerFactory()
    assert queries_of(client, EVENTS) == before


def test_a_webhook_is_shown_without_what_may_be_secret(client: Client, two_resellers: TwoResellers) -> None:
    webhook = WebhookFactory(
        reseller=two_resellers.a.reseller, url="https://hook.example.org/in?key=sesame", types=["call.*"]
    )
    for path in (WEBHOOKS, f"{WEBHOOKS}{webhook.pk}/change/"):
        page = _text(client, path)
        assert "https://hook.example.org/in?…" in page
        assert "sesame" not in page
        assert webhook.secret not in page
    assert "call.*" in page
    assert f"{DELIVERIES}?webhook__id__exact={webhook.pk}" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "well"),
        ({"failing_since": timezone.now(), "failures": 2}, "failing"),
        ({"is_active": False}, "switched off"),
        ({"is_active": False, "disabled_reason": "It failed."}, "switched off by us"),
    ],
)
def test_the_state_of_a_webhook(client: Client, fields: dict[str, Any], words: str) -> None:
    webhook = WebhookFactory(**fields)
    _key, shown = events_admin.WebhookAdmin.state(None, webhook)  # type: ignore[arg-type]
    assert shown == words
    assert words in _text(client, WEBHOOKS)
    page = _text(client, f"{WEBHOOKS}{webhook.pk}/change/")
    assert words in page
    assert f"{words}&#x27;)" not in page  # the words alone, and no pair with a label's colour


def test_a_webhook_is_switched_on_again_and_its_failures_are_forgotten(client: Client) -> None:
    webhook = WebhookFactory(is_active=False, disabled_reason="It failed.", failures=9, failing_since=timezone.now())
    path = f"{WEBHOOKS}{webhook.pk}/switch/"
    assert "Switch this webhook on?" in _text(client, path)
    assert "The webhook is on." in _press(client, path)
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.disabled_reason, webhook.failures) == (True, "", 0)
    assert "Switch this webhook off?" in _text(client, path)
    assert "The webhook is off." in _press(client, path)
    assert not Webhook.objects.get(pk=webhook.pk).is_active
    assert LogEntry.objects.filter(object_id=str(webhook.pk)).count() == 2


def test_a_ping_is_sent_and_its_page_shown(client: Client) -> None:
    webhook = WebhookFactory()
    page = _press(client, f"{WEBHOOKS}{webhook.pk}/ping/")
    assert "The ping is on its way." in page
    assert webhook.deliveries.get().type == "ping"


def test_what_is_switched_off_is_not_pinged(client: Client) -> None:
    webhook = WebhookFactory(is_active=False)
    assert "It is switched off." in _press(client, f"{WEBHOOKS}{webhook.pk}/ping/")
    assert not webhook.deliveries.exists()


def test_a_webhook_goes_back_in_the_feed(client: Client, two_resellers: TwoResellers) -> None:
    last = Event.objects.in_order().values_list("xid", "id").last()
    assert last
    webhook = WebhookFactory(reseller=two_resellers.a.reseller, xid=last[0], place=last[1])
    path = f"{WEBHOOKS}{webhook.pk}/replay/"
    since = timezone.now() - timedelta(hours=1)
    assert "is sent again." in _press(client, path, since=f"{since:%Y-%m-%d %H:%M:%S}")
    assert Webhook.objects.get(pk=webhook.pk).placed_at < webhook.placed_at


@pytest.mark.parametrize(("since", "words"), [("2001-01-01 00:00", "Events are kept since"), ("now", "Enter a valid")])
def test_a_webhook_does_not_go_back_to_what_is_no_time_that_is_kept(client: Client, since: str, words: str) -> None:
    webhook = WebhookFactory()
    assert words in _press(client, f"{WEBHOOKS}{webhook.pk}/replay/", since=since)
    assert Webhook.objects.get(pk=webhook.pk).placed_at == webhook.placed_at


def test_deliveries_of_a_webhook_by_what_became_of_them(client: Client) -> None:
    failed = DeliveryFactory(status="failed", error="connection refused", attempts=14, next_at=None, type="call.ended")
    DeliveryFactory(webhook=failed.webhook, type="call.started", status="delivered", status_code=204)
    DeliveryFactory(type="number.added")
    page = _text(client, DELIVERIES, webhook__id__exact=str(failed.webhook.pk))
    assert ("call.ended" in page, "call.started" in page, "number.added" in page) == (True, True, False)
    page = _text(client, DELIVERIES, status="failed")
    assert ("connection refused" in page, "call.started" in page) == (True, False)
    assert "call.started" not in _text(client, DELIVERIES, q=str(failed.uid))


def test_a_delivery_is_sent_again(client: Client) -> None:
    delivery = DeliveryFactory(status="failed", error="status 500", answer="oh <dear>", attempts=14, next_at=None)
    page = _text(client, f"{DELIVERIES}{delivery.pk}/change/")
    assert "oh &lt;dear&gt;" in page
    assert "given up" in page
    assert "given up&#x27;)" not in page
    path = f"{DELIVERIES}{delivery.pk}/replay/"
    assert "Send this once more?" in _text(client, path)
    assert "It is sent again." in _press(client, path)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.WAITING, 0)


def test_selected_deliveries_are_sent_again_and_whose_event_is_gone_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = WebhookFactory(is_active=False, description="the shop")
    kept = DeliveryFactory(webhook=off, status="failed", next_at=None)
    gone = DeliveryFactory(webhook=off, status="failed", next_at=None, event="019ab1c2-8f1e-7c55-9d1c-0a4f6a1f8f10")
    form = {"action": "send_again", "_selected_action": [str(kept.pk), str(gone.pk)]}
    page = client.post(DELIVERIES, form, follow=True).content.decode()
    for words in ("1 delivery is sent again.", "This event is kept no more.", "the shop is off"):
        assert words in page
    assert Delivery.objects.get(pk=kept.pk).status == DeliveryStatus.WAITING
    assert Delivery.objects.get(pk=gone.pk).status == DeliveryStatus.FAILED
    monkeypatch.setattr(events_admin, "AT_ONCE", 1)
    assert "More at once" in client.post(DELIVERIES, form, follow=True).content.decode()


def test_a_delivery_leads_to_its_event_while_it_is_kept(client: Client) -> None:
    CustomerFactory()
    event = Event.objects.filter(type="customer.created").latest("id")
    delivery = DeliveryFactory(event=event.pk, type=event.type)
    path = f"{DELIVERIES}{delivery.pk}/change/"
    assert f"{EVENTS}{event.pk}/change/" in _text(client, path)
    event.delete()
    assert "which is kept no more" in _text(client, path)
