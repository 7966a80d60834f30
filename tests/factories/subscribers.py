"""Domains, subscribers and bindings."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from subscribers.choices import ForwardingCondition
from subscribers.models import (
    Binding,
    CallerRule,
    CallSettings,
    Domain,
    DomainName,
    Forwarding,
    ShownNumber,
    Subscriber,
)
from tests.factories.accounts import CustomerFactory, ResellerFactory


class DomainFactory(DjangoModelFactory):
    """A domain of a reseller of its own."""

    class Meta:
        model = Domain

    reseller = factory.SubFactory(ResellerFactory)
    name = factory.Sequence("domain{}.example.org".format)


class DomainNameFactory(DjangoModelFactory):
    """An alias of a domain."""

    class Meta:
        model = DomainName

    domain = factory.SubFactory(DomainFactory)
    name = factory.Sequence("alias{}.example.org".format)


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


class CallSettingsFactory(DjangoModelFactory):
    """Settings with the defaults, of a subscriber of its own."""

    class Meta:
        model = CallSettings

    subscriber = factory.SubFactory(SubscriberFactory)


class ForwardingFactory(DjangoModelFactory):
    """All calls go to a number."""

    class Meta:
        model = Forwarding

    subscriber = factory.SubFactory(SubscriberFactory)
    condition = ForwardingCondition.ALWAYS
    targets = factory.LazyFunction(lambda: ["+4315550001"])


class CallerRuleFactory(DjangoModelFactory):
    """A caller who is refused."""

    class Meta:
        model = CallerRule

    subscriber = factory.SubFactory(SubscriberFactory)
    pattern = factory.Sequence("+4390{:06d}".format)


class ShownNumberFactory(DjangoModelFactory):
    """A number of somebody else."""

    class Meta:
        model = ShownNumber

    subscriber = factory.SubFactory(SubscriberFactory)
    e164 = factory.Sequence("+49301{:06d}".format)
