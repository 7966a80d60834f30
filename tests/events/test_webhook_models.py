"""Webhooks and deliveries as rows."""

import pytest
from django.db import IntegrityError, transaction

from tests.factories.accounts import CustomerFactory
from tests.factories.events import DeliveryFactory, WebhookFactory


@pytest.mark.django_db
def test_they_say_what_they_are() -> None:
    webhook = WebhookFactory(url="https://x.example.org/a?token=secret")
    assert str(webhook) == "https://x.example.org/a"
    assert str(DeliveryFactory(webhook=webhook)) == "ping → https://x.example.org/a"
    assert str(WebhookFactory(description="The shop")) == "The shop"


@pytest.mark.django_db
def test_a_customers_is_its_resellers_too() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookFactory(customer=CustomerFactory())
