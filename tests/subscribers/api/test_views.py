"""Domains, subscribers and registrations in the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from subscribers.models import DomainName
from tests.factories.subscribers import BindingFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows


def test_a_domain_is_found_by_its_alias_too(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    DomainName.objects.create(domain=side.domain, name="alias.example.org")
    for name in ("a.example.org", "alias.example.org"):
        (row,) = rows(side.reseller_token_text, "domains/", name=name)
        assert row["names"] == ["a.example.org", "alias.example.org"]
    assert rows(two_resellers.b.reseller_token_text, "domains/", name="alias.example.org") == []


def test_subscribers_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    side.bob.is_active = False
    side.bob.save()
    assert [row["aor"] for row in rows(token, "subscribers/", is_active="false")] == ["bob@a.example.org"]
    assert [row["aor"] for row in rows(token, "subscribers/", username="alice")] == ["alice@a.example.org"]
    assert len(rows(token, "subscribers/", domain=side.domain.uid, customer=side.customer.uid)) == 2


@pytest.mark.parametrize("field", ["domain", "customer"])
def test_foreign_ids_in_filters_find_nothing(two_resellers: TwoResellers, field: str) -> None:
    foreign = getattr(two_resellers.b, field).uid
    assert rows(two_resellers.a.reseller_token_text, "subscribers/", **{field: foreign}) == []


def test_an_id_that_is_none_is_named(two_resellers: TwoResellers) -> None:
    response = ask(two_resellers.a.reseller_token_text, "subscribers/", domain="1")
    assert refused_fields(response) == {"domain": "invalid"}


def test_registrations_are_those_that_hold(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    BindingFactory(subscriber=side.alice, expires_at=timezone.now() - timedelta(seconds=1))
    found = rows(token, "registrations/", subscriber=side.alice.uid)
    assert [row["id"] for row in found] == [str(side.alice_binding.uid)]
    assert rows(token, "registrations/", transport="tcp") == []
    assert rows(token, "registrations/", customer=two_resellers.b.customer.uid) == []
    assert refused_fields(ask(token, "registrations/", transport="pigeon")) == {"transport": "invalid_choice"}
