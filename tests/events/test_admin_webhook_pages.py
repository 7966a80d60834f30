"""The pages of the panel that do something with webhooks: what they refuse, and to whom they are shut."""

from __future__ import annotations

import pytest
from django.test import Client

from events.models import Webhook
from tests.factories.events import DeliveryFactory, WebhookFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client


@pytest.mark.parametrize("page", ["switch", "ping", "replay"])
def test_a_webhook_that_is_gone(two_resellers: TwoResellers, page: str) -> None:
    assert admin_client(two_resellers.admin).get(f"/admin/events/webhook/4711/{page}/").status_code == 404


@pytest.mark.parametrize("page", ["switch", "ping", "replay"])
def test_looking_changes_nothing(two_resellers: TwoResellers, page: str) -> None:
    webhook = WebhookFactory()
    client = admin_client(two_resellers.admin)
    assert client.get(f"/admin/events/webhook/{webhook.pk}/{page}/").status_code == 200
    found = Webhook.objects.get(pk=webhook.pk)
    assert (found.is_active, found.placed_at, found.deliveries.count()) == (True, webhook.placed_at, 0)


def test_a_webhook_with_an_address_that_is_allowed_no_more_stays_off(two_resellers: TwoResellers) -> None:
    webhook = WebhookFactory(url="https://10.0.0.1/", is_active=False)
    path = f"/admin/events/webhook/{webhook.pk}/switch/"
    answer = admin_client(two_resellers.admin).post(path, {"post": "yes"})
    assert "not of the public internet" in answer.content.decode()
    assert not Webhook.objects.get(pk=webhook.pk).is_active


def test_a_reseller_sends_nothing_again(two_resellers: TwoResellers) -> None:
    delivery = DeliveryFactory(webhook__reseller=two_resellers.a.reseller, status="failed", next_at=None)
    client = Client()
    client.force_login(two_resellers.a.reseller_user)
    assert client.post(f"/admin/events/delivery/{delivery.pk}/replay/", {"post": "yes"}).status_code in (302, 403)
    delivery.refresh_from_db()
    assert delivery.status == "failed"
