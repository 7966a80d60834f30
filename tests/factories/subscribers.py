"""Domains, subscribers and bindings."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from subscribers.models import Binding, Domain, Subscriber
from tests.factories.accounts import CustomerFactory, ResellerFactory


class DomainFactory(DjangoModelFactory):
    """A domain of a reseller of its own."""

    class Meta:
        model = Domain

    reseller = factory.SubFactory(ResellerFactory)
    name = factory.Sequence("domain{}.example.org".format)


class SubscriberFactory(DjangoModelFactory):
    """A subscriber whose domain and customer are of one reseller."""

    class Meta:
        model = Subscriber

    domain = factory.SubFactory(DomainFactory)
    reseller = factory.SelfAttribute("domain.reseller")
    customer = factory.SubFactory(CustomerFactory, reseller=factory.SelfAttribute("..domain.reseller"))
    username = factory.Sequence("subscriber{}".format)


class BindingFactory(DjangoModelFactory):
    """A phone that is registered for an hour."""

    class Meta:
        model = Binding

    subscriber = factory.SubFactory(SubscriberFactory)
    contact = factory.Sequence("sip:phone{}@192.0.2.1:5060".format)
    key = factory.SelfAttribute("contact")
    call_id = factory.Sequence("call-id-{}".format)
    cseq = 1
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
    received_from = "udp:192.0.2.1:5060"
    transport = "udp"
    user_agent = "Test phone 1.0"
    edge = "edge-1"
