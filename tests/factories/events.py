"""Webhooks and what is sent by them."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.sealing import seal
from events.feed import end_of_feed
from events.models import Delivery, Webhook
from events.signing import new_secret


class WebhookFactory(DjangoModelFactory):
    """A webhook of the provider that is told everything from now on; with a reseller, or a customer too, theirs."""

    class Meta:
        model = Webhook

    url = "https://hook.example.org/"
    secret = factory.LazyFunction(lambda: seal(new_secret()))
    xid = factory.LazyFunction(lambda: end_of_feed().xid)
    placed_at = factory.LazyFunction(timezone.now)


class DeliveryFactory(DjangoModelFactory):
    """A ping that waits."""

    class Meta:
        model = Delivery

    webhook = factory.SubFactory(WebhookFactory, types=["call.*"])
    type = "ping"
    next_at = factory.LazyFunction(timezone.now)
