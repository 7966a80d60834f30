"""Nobody gives more than he has."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.actions import create_token
from accounts.choices import Role
from accounts.granting import grant_token, outranks
from accounts.models import ApiToken, User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def _own(scopes: list[str], networks: list[str] | None = None) -> ApiToken:
    token, _text = create_token(UserFactory(for_reseller=True), "own", scopes, networks=networks or [])
    return token


def _codes(own: ApiToken, **wanted: Any) -> dict[str, list[str]]:
    before = ApiToken.objects.count()
    with pytest.raises(ValidationError) as refused:
        grant_token(own, **{"user": own.user, "name": "new", "scopes": ["read"]} | wanted)
    assert ApiToken.objects.count() == before
    return {name: [error.code for error in errors] for name, errors in refused.value.error_dict.items()}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("other", Role)
def test_who_may_more(role: Role, other: Role) -> None:
    order = [Role.CUSTOMER, Role.RESELLER, Role.ADMIN]
    assert outranks(User(role=role), User(role=other)) is (order.index(role) > order.index(other))


def test_no_token_for_who_may_do_more() -> None:
    assert _codes(_own(["write"]), user=UserFactory(admin=True)) == {"user": ["more_than_yours"]}
    token, _text = grant_token(_own(["write"]), UserFactory(), "for a customer", ["write"])
    assert token.scopes == ["write"]


@pytest.mark.parametrize(
    ("held", "wanted", "allowed"),
    [
        (["write"], ["write"], True),
        (["write"], ["calls:write", "read"], True),
        (["read"], ["read", "calls:read"], True),
        (["read"], ["write"], False),
        (["read", "tokens:write"], ["tokens:write"], True),
        (["read", "tokens:write"], ["calls:write"], False),
        (["tokens:write"], ["tokens:read"], True),
        (["tokens:write"], ["read"], False),
        (["tokens:write"], ["tokens:write", "calls:read"], False),
    ],
)
def test_no_scope_that_is_not_ones_own(held: list[str], wanted: list[str], allowed: bool) -> None:
    own = _own(held)
    if allowed:
        assert grant_token(own, own.user, "new", wanted)[0].scopes == wanted
    else:
        assert _codes(own, scopes=wanted) == {"scopes": ["more_than_yours"]}


def test_a_token_is_good_from_where_its_maker_is_unless_less_is_asked_for() -> None:
    own = _own(["write"], ["192.0.2.0/24", "2001:db8::/32"])
    assert grant_token(own, own.user, "new", ["read"])[0].networks == own.networks
    narrower = grant_token(own, own.user, "new", ["read"], networks=["192.0.2.7/32"])[0]
    assert narrower.networks == ["192.0.2.7/32"]
    for wider in ([], ["192.0.0.0/16"], ["192.0.2.7/32", "198.51.100.0/24"]):
        assert _codes(own, networks=wider) == {"networks": ["more_than_yours"]}
    free = _own(["write"])
    assert grant_token(free, free.user, "new", ["read"], networks=["::/0"])[0].networks == ["::/0"]


def test_scopes_that_do_not_exist_are_named_as_such() -> None:
    own = _own(["write"])
    with pytest.raises(ValidationError) as refused:
        grant_token(own, own.user, "new", ["root"])
    assert "Choose at least one" in refused.value.message_dict["scopes"][0]
