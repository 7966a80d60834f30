"""People and owners. Every user has the same password, hashed once in a process: Argon2 is slow on purpose."""

from functools import cache

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from accounts.choices import Role
from accounts.models import Customer, Reseller, User

PASSWORD = "a-password-of-the-tests"


@cache
def hashed_password() -> str:
    """The hash of PASSWORD."""
    return make_password(PASSWORD)


class ResellerFactory(DjangoModelFactory):
    """A reseller."""

    class Meta:
        model = Reseller

    name = factory.Sequence("Reseller {}".format)


class CustomerFactory(DjangoModelFactory):
    """A customer of a reseller of its own."""

    class Meta:
        model = Customer

    reseller = factory.SubFactory(ResellerFactory)
    name = factory.Sequence("Customer {}".format)


class UserFactory(DjangoModelFactory):
    """Somebody of a customer; `for_reseller` and `admin` make the other roles."""

    class Meta:
        model = User

    class Params:
        admin = factory.Trait(role=Role.ADMIN, customer=None, is_staff=True, is_superuser=True)
        for_reseller = factory.Trait(role=Role.RESELLER, customer=None, reseller=factory.SubFactory(ResellerFactory))

    username = factory.Sequence("user{}".format)
    password = factory.LazyFunction(hashed_password)
    role = Role.CUSTOMER
    customer = factory.SubFactory(CustomerFactory)
