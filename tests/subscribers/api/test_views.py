"""Subscribers and registrations in the API."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from tests.factories.subscribers import BindingFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows


def test_subscribers_are_narrowed(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    side.bob.is_active = False
    side.bob.save()
    assert [row["aor"] for row in rows(token, "subscribers/", is_active="false")] == ["bob@a.example.org"]
    assert [row["aor"] for row in rows(token, "subscribers/", username="alice")] == ["alice@a.example.org"]
    assert len(rows(token, "subscribers/", domain=side.domain.uid, customer=side.customer.uid)) == 2


@pytest.mark.parametrize("field", ["domain", "customer", "reseller"])
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


def test_a_subscriber_is_found_by_a_number_that_it_has_now(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    for path in ("subscribers/", "call-settings/"):
        (found,) = rows(token, path, number="+4311001")
        assert found["id"] == str(side.alice.uid)
        assert rows(token, path, number="+4312001") == rows(token, path, number="+4319999") == []
    side.alice_assignment.valid_until = timezone.now()
    side.alice_assignment.save()
    assert rows(token, "subscribers/", number="+4311001") == []


def test_registrations_are_narrowed_by_domain(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    assert len(rows(token, "registrations/", domain=side.domain.uid)) == 2
    assert rows(token, "registrations/", domain=two_resellers.b.domain.uid) == []


def _exported(token: str, **parameters: str) -> list[dict[str, str]]:
    answer: Any = ask(token, "subscribers/export/", **parameters)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_an_export_has_what_the_filters_leave(two_resellers: TwoResellers) -> None:
    a, admin = two_resellers.a, two_resellers.admin_token_text
    assert [row["username"] for row in _exported(a.reseller_token_text)] == ["alice", "bob"]
    assert len(_exported(a.customer_token_text)) == 2
    assert len(_exported(admin)) == 4
    for parameters in (
        {"domain": str(a.domain.uid)},
        {"reseller": str(a.reseller.uid)},
        {"customer": str(a.customer.uid)},
    ):
        assert {row["domain"] for row in _exported(admin, **parameters)} == {"a.example.org"}, parameters
    assert [row["username"] for row in _exported(a.reseller_token_text, number="+4311002")] == ["bob"]
    assert [row["username"] for row in _exported(a.reseller_token_text, search="Al")] == ["alice"]
    assert _exported(a.reseller_token_text, is_active="false") == []
    refused = refused_fields(ask(a.reseller_token_text, "subscribers/export/", page_size="5"))
    assert refused == {"page_size": "unknown_parameter"}


def test_an_export_tells_of_customers_and_numbers_too(two_resellers: TwoResellers) -> None:
    token = ApiToken.objects.filter(pk=two_resellers.a.reseller_token.pk)
    token.update(scopes=["subscribers:read", "numbers:read"])
    refused = ask(two_resellers.a.reseller_token_text, "subscribers/export/")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert "accounts:read" in refused.json()["detail"]
    token.update(scopes=["subscribers:read", "numbers:read", "accounts:read"])
    assert len(_exported(two_resellers.a.reseller_token_text)) == 2
