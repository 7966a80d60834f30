"""Making and revoking API tokens."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.actions import create_token, revoke_token
from accounts.models import ApiToken, User
from accounts.tokens import hash_token
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory()


def test_the_text_is_not_kept(user: User) -> None:
    token, text = create_token(user, "billing")
    kept = ApiToken.objects.get(pk=token.pk)
    assert kept.token_hash == hash_token(text)
    assert text.startswith(kept.prefix)
    assert text not in {str(value) for value in kept.__dict__.values()}
    assert kept.scopes == ["read"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["read", "root"]}, "scopes"),
        ({"name": "x", "expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(user: User, fields: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        create_token(user, **fields)
    assert list(refused.value.message_dict) == [wrong]
    assert not ApiToken.objects.exists()


def test_a_scope_that_was_said_twice_counts_once(user: User) -> None:
    token, _ = create_token(user, "x", ["write", "read", "write"])
    assert token.scopes == ["write", "read"]


def test_revoking_is_for_good_and_keeps_its_time(user: User) -> None:
    token, _ = create_token(user, "x")
    revoke_token(token)
    first = ApiToken.objects.get(pk=token.pk).revoked_at
    revoke_token(token)
    assert ApiToken.objects.get(pk=token.pk).revoked_at == first is not None
    assert not ApiToken.objects.usable().exists()


def test_a_fresh_token_is_usable(user: User) -> None:
    token, _ = create_token(user, "x", expires_at=timezone.now() + timedelta(hours=1))
    assert list(ApiToken.objects.usable()) == [token]


def test_an_expired_token_is_not_usable(user: User) -> None:
    token, _ = create_token(user, "x")
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not ApiToken.objects.usable().exists()


@pytest.mark.parametrize("suspended", ["user", "customer", "reseller of the customer", "reseller"])
def test_a_token_of_somebody_suspended_is_not_usable(suspended: str) -> None:
    user = UserFactory(for_reseller=True) if suspended == "reseller" else UserFactory()
    create_token(user, "x")
    row = {
        "user": user,
        "customer": user.customer,
        "reseller of the customer": user.customer and user.customer.reseller,
        "reseller": user.reseller,
    }[suspended]
    row.is_active = False
    row.save()
    assert not ApiToken.objects.usable().exists()


def test_networks_are_kept_once_each(user: User) -> None:
    token, _ = create_token(user, "x", networks=["192.0.2.0/24", "2001:db8::/32", "192.0.2.0/24"])
    assert ApiToken.objects.get(pk=token.pk).networks == ["192.0.2.0/24", "2001:db8::/32"]
    for wrong in (["192.0.2.1/24"], [f"192.0.2.{n}/32" for n in range(21)]):
        with pytest.raises(ValidationError) as refused:
            create_token(user, "x", networks=wrong)
        assert list(refused.value.message_dict) == ["networks"]


def test_nobody_has_more_valid_tokens_than_are_looked_after(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.actions.MOST_TOKENS", 2)
    first, _ = create_token(user, "first")
    create_token(user, "second")
    with pytest.raises(ValidationError) as refused:
        create_token(user, "third")
    assert refused.value.error_dict["user"][0].code == "too_many"
    revoke_token(first)
    create_token(user, "third")
