"""Numbers, assignments and number formats."""

import factory
from factory.django import DjangoModelFactory

from numbering.models import DialSettings, NumberAssignment, NumberFormat, PhoneNumber
from tests.factories.accounts import ResellerFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory


class NumberFormatFactory(DjangoModelFactory):
    """Austria: 00 and 0, bare digits are E.164."""

    class Meta:
        model = NumberFormat

    name = factory.Sequence("Austria {}".format)
    country_code = "43"
    area_code = "1"


class PhoneNumberFactory(DjangoModelFactory):
    """A number that nobody has."""

    class Meta:
        model = PhoneNumber

    reseller = factory.SubFactory(ResellerFactory)
    e164 = factory.Sequence("+431{:06d}".format)


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
