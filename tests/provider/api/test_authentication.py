"""Tokens open the API: only good ones, only for their scope; their use is noted once a minute."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.actions import create_token, revoke_token
from accounts.choices import Scope
from provider.api.router import router
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, send


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
    why = ', error="invalid_token"' if header else ""
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Freiton API"' + why
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


@pytest.mark.parametrize(
    ("method", "path", "lacks"),
    [("GET", "calls/", "calls:read"), ("POST", "subscribers/", "subscribers:write"), ("GET", "explain/", "calls:read")],
)
def test_a_scope_of_one_area_opens_no_other(two_resellers: TwoResellers, method: str, path: str, lacks: str) -> None:
    _token, text = create_token(two_resellers.a.reseller_user, "narrow", ["subscribers:read"])
    assert ask(text, "subscribers/").status_code == 200
    response = send(method, text, path, None if method == "GET" else {})
    assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")
    assert lacks in response.json()["detail"]
    assert response.headers["WWW-Authenticate"] == (
        f'Bearer realm="Freiton API", error="insufficient_scope", scope="{lacks}"'
    )


def test_every_view_says_what_a_token_must_be_good_for() -> None:
    views = [viewset for _prefix, viewset, _name in router.registry]
    assert len(views) > 5
    assert [view.__name__ for view in views if not hasattr(view, "areas")] == []


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


NETWORKS = ["192.0.2.0/24", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("192.0.2.7", 200),
        ("192.0.3.7", 401),
        ("2001:db8:1::7", 200),
        ("2001:db9::7", 401),
        ("::ffff:192.0.2.7", 200),
        ("::ffff:192.0.3.7", 401),
        ("127.0.0.1", 401),
        ("", 401),
        ("@socket", 401),
    ],
)
def test_a_token_opens_nothing_from_outside_its_networks(
    two_resellers: TwoResellers, address: str, status: int
) -> None:
    token, text = create_token(two_resellers.a.reseller_user, "office", networks=NETWORKS)
    answer = _from(text, address)
    assert answer.status_code == status
    token.refresh_from_db()
    assert (token.last_used_at is None) is (status == 401)
    if status == 401:
        assert answer.json() == ask("frt_" + "x" * 40, "calls/").json()


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("127.0.0.1", "192.0.2.7", 200),
        ("127.0.0.1", "192.0.2.7, 127.0.0.1", 200),
        ("127.0.0.1", "2001:db8::7", 200),
        ("127.0.0.1", "192.0.2.7, 203.0.113.9", 401),  # what the client says of itself does not count
        ("203.0.113.9", "192.0.2.7", 401),  # no proxy of ours
        ("127.0.0.1", "", 401),
    ],
)
def test_behind_a_proxy_the_clients_address_counts(
    two_resellers: TwoResellers, settings: Any, peer: str, forwarded: str, status: int
) -> None:
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1"),)
    token, text = create_token(two_resellers.a.reseller_user, "office", networks=NETWORKS)
    assert _from(text, peer, forwarded).status_code == status
    token.refresh_from_db()
    assert token.last_used_from == (forwarded.partition(",")[0] if status == 200 else None)


@pytest.mark.parametrize(
    ("address", "noted"), [("::ffff:192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1"), ("", None)]
)
def test_from_where_it_was_used_is_noted(two_resellers: TwoResellers, address: str, noted: str | None) -> None:
    assert _from(two_resellers.a.reseller_token_text, address).status_code == 200
    two_resellers.a.reseller_token.refresh_from_db()
    assert two_resellers.a.reseller_token.last_used_from == noted


def _from(token: str, address: str, forwarded: str = "") -> HttpResponse:
    """Ask from this address; forwarded: what the header X-Forwarded-For says."""
    headers = {"Authorization": f"Bearer {token}"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    return Client().get("/api/v1/calls/", headers=headers, REMOTE_ADDR=address)
