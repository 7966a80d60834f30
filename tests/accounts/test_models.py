"""What the database refuses about people and owners."""

import pytest
from django.db import IntegrityError

from accounts.choices import Role
from accounts.models import ApiToken, Customer, Reseller, User
from tests.factories.accounts import CustomerFactory, ResellerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "has_reseller", "has_customer"),
    [
        (Role.ADMIN, True, False),
        (Role.ADMIN, False, True),
        (Role.RESELLER, False, False),
        (Role.RESELLER, True, True),
        (Role.CUSTOMER, False, False),
        (Role.CUSTOMER, True, True),
        (Role.CUSTOMER, True, False),
        ("operator", False, False),
    ],
)
def test_role_and_owner_must_fit(role: str, has_reseller: bool, has_customer: bool) -> None:
    customer = CustomerFactory()
    with pytest.raises(IntegrityError, match="user_role_and_owner_fit"):
        User.objects.create(
            username="x",
            role=role,
            reseller=customer.reseller if has_reseller else None,
            customer=customer if has_customer else None,
        )


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_only_administrators_enter_the_panel(flag: str) -> None:
    with pytest.raises(IntegrityError, match="user_staff_is_admin"):
        UserFactory(**{flag: True})


def test_the_superuser_of_the_command_is_an_administrator() -> None:
    user = User.objects.create_superuser("root", password="x")
    assert (user.role, user.is_staff, user.is_superuser) == (Role.ADMIN, True, True)


def test_a_customers_name_is_taken_within_its_reseller_alone() -> None:
    first = CustomerFactory(name="Same")
    CustomerFactory(name="Same")
    with pytest.raises(IntegrityError, match="customer_name_once_per_reseller"):
        Customer.objects.create(reseller=first.reseller, name="Same")


def test_a_resellers_name_is_taken_once() -> None:
    ResellerFactory(name="Same")
    with pytest.raises(IntegrityError, match="name"):
        Reseller.objects.create(name="Same")


@pytest.mark.parametrize("token_hash", ["", "a" * 63, "A" * 64, "frt_" + "a" * 60])
def test_what_is_no_hash_is_not_kept_as_a_token(token_hash: str) -> None:
    with pytest.raises(IntegrityError, match="apitoken_hash_is_sha256"):
        ApiToken.objects.create(user=UserFactory(), name="x", prefix="frt_", token_hash=token_hash)


def test_two_tokens_never_have_one_hash() -> None:
    user = UserFactory()
    ApiToken.objects.create(user=user, name="x", prefix="frt_", token_hash="a" * 64)
    with pytest.raises(IntegrityError, match="apitoken_hash_unique"):
        ApiToken.objects.create(user=user, name="y", prefix="frt_", token_hash="a" * 64)


def test_rows_have_names_for_people() -> None:
    customer = CustomerFactory(name="Alice & Co", reseller__name="The Reseller")
    token = ApiToken(user=UserFactory(customer=customer), name="billing", prefix="frt_12345678")
    assert [str(customer), str(customer.reseller), str(token)] == [
        "Alice & Co",
        "The Reseller",
        "billing (frt_12345678…)",
    ]
    assert token.scopes == ["read"]
