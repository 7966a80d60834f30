"""Tokens in the API: made by whoever sees the person, shown once, revoked and still listed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import create_token, revoke_token
from accounts.models import ApiToken, User
from accounts.tokens import hash_token
from tests.factories.accounts import UserFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")

PEOPLE = ("admin", "reseller_a", "colleague_a", "customer_a", "reseller_b", "customer_b")
MAY = {
    "admin": set(PEOPLE),
    "reseller_a": {"reseller_a", "colleague_a", "customer_a"},
    "customer_a": {"customer_a"},
    "reseller_b": {"reseller_b", "customer_b"},
    "customer_b": {"customer_b"},
}
"""Who makes tokens for whom: of all others there is nobody."""


@pytest.fixture
def people(two_resellers: TwoResellers) -> dict[str, User]:
    a, b = two_resellers.a, two_resellers.b
    return {
        "admin": two_resellers.admin,
        "reseller_a": a.reseller_user,
        "colleague_a": UserFactory(for_reseller=True, reseller=a.reseller),
        "customer_a": a.customer_user,
        "reseller_b": b.reseller_user,
        "customer_b": b.customer_user,
    }


def _text(user: User, scopes: list[str] | None = None, networks: list[str] | None = None) -> str:
    _token, text = create_token(user, "asks", scopes or ["write"], networks=networks or [])
    return text


def test_a_token_is_written_so(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    (row,) = rows(side.reseller_token_text, "tokens/", user=side.customer_user.uid)
    assert row == {
        "id": str(side.customer_token.uid),
        "name": "test",
        "user": str(side.customer_user.uid),
        "username": "customer-a",
        "begins_with": side.customer_token.prefix,
        "scopes": ["read"],
        "networks": [],
        "state": "valid",
        "created_at": side.customer_token.created_at.isoformat().replace("+00:00", "Z"),
        "expires_at": None,
        "last_used_at": None,
        "last_used_from": None,
        "revoked_at": None,
    }


def test_the_text_is_shown_once(two_resellers: TwoResellers) -> None:
    own = two_resellers.a.reseller_token_text
    until = (timezone.now() + timedelta(days=30)).isoformat()
    wanted = {"name": "shop", "scopes": ["subscribers:write"], "networks": ["127.0.0.1"], "expires_at": until}
    made = send("POST", own, "tokens/", wanted)
    assert made.status_code == 201, made.content
    text = made.json()["token"]
    stored = ApiToken.objects.get(uid=made.json()["id"])
    assert (stored.token_hash, stored.user) == (hash_token(text), two_resellers.a.reseller_user)
    assert (stored.networks, made.json()["networks"]) == (["127.0.0.1/32"], ["127.0.0.1/32"])
    assert ask(text, "subscribers/").status_code == 200
    for path in ("tokens/", f"tokens/{stored.uid}/"):
        assert text not in ask(own, path).content.decode()
        assert stored.token_hash not in ask(own, path).content.decode()


@pytest.mark.parametrize("asks", MAY)
@pytest.mark.parametrize("whose", PEOPLE)
def test_who_makes_and_revokes_tokens_for_whom(people: dict[str, User], asks: str, whose: str) -> None:
    own, user = _text(people[asks]), people[whose]
    before = ApiToken.objects.count()
    made = send("POST", own, "tokens/", {"name": "new", "scopes": ["read"], "user": str(user.uid)})
    if whose in MAY[asks]:
        assert (made.status_code, made.json()["user"]) == (201, str(user.uid))
        path = f"tokens/{made.json()['id']}/"
        assert send("PATCH", own, path, {"name": "renamed"}).json()["name"] == "renamed"
        assert send("DELETE", own, path).status_code == 204
        assert ask(made.json()["token"], "tokens/").status_code == 401
        return
    assert refused_fields(made) == {"user": "does_not_exist"}
    assert ApiToken.objects.count() == before
    foreign, foreign_text = create_token(user, "foreign")
    path = f"tokens/{foreign.uid}/"
    assert {send(method, own, path, {}).status_code for method in ("PATCH", "DELETE")} == {404}
    assert ask(own, path).status_code == 404
    assert rows(own, "tokens/", user=user.uid) == []
    assert ask(foreign_text, "tokens/").status_code == 200


@pytest.mark.parametrize(
    ("held", "wanted", "status"),
    [
        (["write"], ["write"], 201),
        (["tokens:write", "calls:read"], ["calls:read"], 201),
        (["tokens:write", "calls:read"], ["calls:write"], 400),
        (["tokens:write", "calls:read"], ["read"], 400),
        (["tokens:write"], ["write"], 400),
        (["read"], ["read"], 403),
        (["tokens:read"], ["tokens:read"], 403),
        (["calls:write"], ["calls:read"], 403),
    ],
)
def test_never_more_scopes_than_ones_own(
    two_resellers: TwoResellers, held: list[str], wanted: list[str], status: int
) -> None:
    own = _text(two_resellers.a.reseller_user, held)
    before = ApiToken.objects.count()
    made = send("POST", own, "tokens/", {"name": "new", "scopes": wanted})
    assert made.status_code == status, made.content
    assert ApiToken.objects.count() == before + (status == 201)
    if status == 400:
        assert refused_fields(made) == {"scopes": "more_than_yours"}


def test_never_from_more_places_than_ones_own(two_resellers: TwoResellers) -> None:
    own = _text(two_resellers.a.reseller_user, networks=["127.0.0.0/8"])
    wanted: dict[str, Any] = {"name": "new", "scopes": ["read"]}
    assert send("POST", own, "tokens/", wanted).json()["networks"] == ["127.0.0.0/8"]
    assert send("POST", own, "tokens/", wanted | {"networks": ["127.0.0.1"]}).status_code == 201
    for wider in ([], ["0.0.0.0/0"]):
        refused = send("POST", own, "tokens/", wanted | {"networks": wider})
        assert refused_fields(refused) == {"networks": "more_than_yours"}


def test_never_for_longer_than_ones_own(two_resellers: TwoResellers) -> None:
    ends = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    _token, own = create_token(two_resellers.a.reseller_user, "asks", ["write"], ends)
    wanted: dict[str, Any] = {"name": "new", "scopes": ["read"]}
    told = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert send("POST", own, "tokens/", wanted).json()["expires_at"] == told
    assert send("POST", own, "tokens/", wanted | {"expires_at": None}).json()["expires_at"] == told
    sooner = (ends - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert send("POST", own, "tokens/", wanted | {"expires_at": sooner}).json()["expires_at"] == sooner
    refused = send("POST", own, "tokens/", wanted | {"expires_at": "2099-01-01T00:00:00Z"})
    assert refused_fields(refused) == {"expires_at": "more_than_yours"}


@pytest.mark.parametrize(
    ("member", "value", "fields"),
    [
        ("name", "", {"name": "blank"}),
        ("scopes", [], {"scopes": "empty"}),
        ("scopes", "read", {"scopes": "not_a_list"}),
        ("scopes", ["root"], {"scopes.0": "invalid_choice"}),
        ("networks", ["192.0.2.1", "192.0.2.1/24"], {"networks.1": "invalid_network"}),
        ("networks", ["office"], {"networks.0": "invalid_network"}),
        ("networks", [""], {"networks.0": "blank"}),
        ("networks", ["::1"] * 21, {"networks": "max_length"}),
        ("expires_at", "2020-01-01T00:00:00Z", {"expires_at": "invalid"}),
        ("token", "frt_mine", {"token": "unknown"}),
        ("state", "valid", {"state": "read_only"}),
        ("user", "00000000-0000-4000-8000-000000000000", {"user": "does_not_exist"}),
    ],
)
def test_what_is_wrong_is_named(two_resellers: TwoResellers, member: str, value: Any, fields: dict[str, str]) -> None:
    wanted = {"name": "new", "scopes": ["read"]} | {member: value}
    assert refused_fields(send("POST", two_resellers.a.reseller_token_text, "tokens/", wanted)) == fields


def test_only_the_name_changes(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    own, path = side.reseller_token_text, f"tokens/{side.customer_token.uid}/"
    whole = ask(own, path).json()
    assert send("PATCH", own, path, whole | {"name": "other"}).json() == whole | {"name": "other"}
    changed = {"scopes": ["write"], "networks": ["::1"], "expires_at": "2099-01-01T00:00:00Z", "state": "expired"}
    assert refused_fields(send("PATCH", own, path, changed)) == {
        "scopes": "fixed",
        "networks": "fixed",
        "expires_at": "fixed",
        "state": "read_only",
    }


def test_revoking_ends_it_for_good_and_twice_does_no_harm(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"tokens/{side.customer_token.uid}/"
    assert send("DELETE", side.reseller_token_text, path).status_code == 204
    assert ask(side.customer_token_text, "calls/").status_code == 401
    first = ask(side.reseller_token_text, path).json()
    assert (first["state"], first["revoked_at"] is None) == ("revoked", False)
    assert send("DELETE", side.reseller_token_text, path).status_code == 204
    assert ask(side.reseller_token_text, path).json() == first


def test_a_token_can_end_itself(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"tokens/{side.reseller_token.uid}/"
    assert send("DELETE", side.reseller_token_text, path).status_code == 204
    assert send("DELETE", side.reseller_token_text, path).status_code == 401


def test_tokens_by_their_state(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    expired, _text_of_it = create_token(side.reseller_user, "expired")
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    ended, _text_of_it = create_token(side.reseller_user, "ended")
    revoke_token(ended)
    found = {
        state: {row["id"] for row in rows(side.reseller_token_text, "tokens/", state=state)}
        for state in ("valid", "expired", "revoked")
    }
    assert found == {
        "valid": {str(side.reseller_token.uid), str(side.customer_token.uid)},
        "expired": {str(expired.uid)},
        "revoked": {str(ended.uid)},
    }
    assert refused_fields(ask(side.reseller_token_text, "tokens/", state="lost")) == {"state": "invalid_choice"}


def test_a_dry_run_makes_none_and_a_key_makes_one(two_resellers: TwoResellers) -> None:
    own, wanted = two_resellers.a.reseller_token_text, {"name": "new", "scopes": ["read"]}
    before = ApiToken.objects.count()
    dry = send("POST", own, "tokens/", wanted, dry_run=1)
    assert dry.status_code == 200
    assert ask(dry.json()["result"]["token"], "calls/").status_code == 401
    assert ApiToken.objects.count() == before
    again = [send("POST", own, "tokens/", wanted, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert again[0] == again[1]
    assert ApiToken.objects.count() == before + 1


def test_several_at_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wanted = [
        {"operation": "create", "data": {"name": "new", "scopes": ["read"]}},
        {"operation": "delete", "id": str(side.customer_token.uid)},
    ]
    answer = send("POST", side.reseller_token_text, "tokens/bulk/", {"rows": wanted}).json()
    assert answer["done"] == 2
    assert ask(answer["rows"][0]["result"]["token"], "calls/").status_code == 200
    assert ask(side.customer_token_text, "calls/").status_code == 401
