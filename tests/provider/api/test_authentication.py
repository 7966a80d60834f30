"""Tokens open the API: only good ones, only for their scope; their use is noted once a minute."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import create_token, revoke_token
from accounts.choices import Scope
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask


def test_a_good_token_opens_the_api(two_resellers: TwoResellers) -> None:
    assert ask(two_resellers.a.reseller_token_text, "calls/").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer frt_unknown",
        "Bearer a b",
        "Basic YTpi",
        "Bearer \xff",
        "frt_x",
        "Bearer " + "x" * 5000,
    ],
)
def test_anything_else_gets_401_with_a_challenge(db: None, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    response = Client().get("/api/v1/calls/", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Freiton API"'
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_login_in_the_browser_does_not_open_the_api(two_resellers: TwoResellers) -> None:
    client = Client()
    client.force_login(two_resellers.admin)
    assert client.get("/api/v1/calls/").status_code == 401


def test_a_revoked_token_is_refused(two_resellers: TwoResellers) -> None:
    revoke_token(two_resellers.a.reseller_token)
    assert ask(two_resellers.a.reseller_token_text, "calls/").status_code == 401


def test_an_expired_token_is_refused(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token
    token.expires_at = timezone.now() - timedelta(seconds=1)
    token.save()
    assert ask(two_resellers.a.reseller_token_text, "calls/").status_code == 401


def test_a_suspended_reseller_and_its_customers_are_refused(two_resellers: TwoResellers) -> None:
    two_resellers.a.reseller.is_active = False
    two_resellers.a.reseller.save()
    assert ask(two_resellers.a.reseller_token_text, "calls/").status_code == 401
    assert ask(two_resellers.a.customer_token_text, "calls/").status_code == 401
    assert ask(two_resellers.b.reseller_token_text, "calls/").status_code == 200


def test_all_refusals_read_the_same(two_resellers: TwoResellers) -> None:
    revoke_token(two_resellers.a.reseller_token)
    revoked = ask(two_resellers.a.reseller_token_text, "calls/")
    unknown = ask("frt_" + "x" * 40, "calls/")
    assert revoked.json() == unknown.json()


def test_a_scope_that_is_missing_gives_403(two_resellers: TwoResellers) -> None:
    token, text = create_token(two_resellers.a.reseller_user, "narrow", [Scope.READ])
    token.scopes = ["something-else"]
    token.save()
    response = ask(text, "calls/")
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")


def test_the_use_is_noted_at_most_once_a_minute(two_resellers: TwoResellers) -> None:
    token, text = two_resellers.a.reseller_token, two_resellers.a.reseller_token_text
    ask(text, "calls/")
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    ask(text, "calls/")
    token.refresh_from_db()
    assert token.last_used_at == first
    token.last_used_at = first - timedelta(minutes=2)
    token.save()
    ask(text, "calls/")
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= first
