"""Numbers, assignments and number formats."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from numbering.choices import Holding
from numbering.models import DialSettings, NumberAssignment, NumberBlock, NumberFormat, PhoneNumber
from tests.factories.accounts import ResellerFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory


class NumberFormatFactory(DjangoModelFactory):
    """Austria: 00 and 0, bare digits are E.164."""

    class Meta:
        model = NumberFormat

    name = factory.Sequence("Austria {}".format)
    country_code = "43"
    area_code = "1"


class NumberBlockFactory(DjangoModelFactory):
    """A hundred numbers that nobody was given yet."""

    class Meta:
        model = NumberBlock

    first = factory.Sequence("+4366{:03d}00".format)
    last = factory.LazyAttribute(lambda block: f"{block.first[:-2]}99")


class PhoneNumberFactory(DjangoModelFactory):
    """A number that nobody has."""

    class Meta:
        model = PhoneNumber

    reseller = factory.SubFactory(ResellerFactory)
    e164 = factory.Sequence("+431{:06d}".format)

    class Params:
        ported_out = factory.Trait(
            holding=Holding.PORTED_OUT, ported_out_at=factory.LazyFunction(timezone.now), ported_to="Another provider"
        )
        quarantined = factory.Trait(
            holding=Holding.QUARANTINED,
            quarantined_until=factory.LazyFunction(lambda: timezone.now() + timedelta(days=30)),
        )


class NumberAssignmentFactory(DjangoModelFactory):
    """A number that a subscriber has from now on."""

    class Meta:
        model = NumberAssignment

    subscriber = factory.SubFactory(SubscriberFactory)
    reseller = factory.SelfAttribute("subscriber.reseller")
    number = factory.SubFactory(PhoneNumberFactory, reseller=factory.SelfAttribute("..subscriber.reseller"))


class DialSettingsFactory(DjangoModelFactory):
    """A domain whose subscribers dial as in Austria."""

    class Meta:
        model = DialSettings

    domain = factory.SubFactory(DomainFactory)
    number_format = factory.SubFactory(NumberFormatFactory)
