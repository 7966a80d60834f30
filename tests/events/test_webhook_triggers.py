"""Webhooks are told of; that they are served is not."""

import pytest
from django.utils import timezone

from events.models import Event, Webhook
from tests.events.reading import last, told
from tests.factories.events import WebhookFactory


@pytest.mark.django_db
def test_a_webhooks_life() -> None:
    webhook = WebhookFactory(description="The shop")
    Webhook.objects.update(served_at=timezone.now(), failures=3, xid=9)
    Webhook.objects.update(url="https://other.example.org/?token=secret")
    Webhook.objects.update(is_active=False, disabled_reason="It failed")
    webhook.delete()
    assert told() == [f"webhook.{kind}" for kind in ("created", "changed", "disabled", "removed")]
    assert last("webhook.changed").data == {"changed": ["url"]}
    assert last("webhook.disabled").data == {"reason": "It failed"}
    assert "secret" not in str(list(Event.objects.values_list("data", "object_name")))
