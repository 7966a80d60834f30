"""People in the API: nobody gives more power than he has, nobody shuts himself out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.actions import create_token
from accounts.models import ApiToken, User
from provider.api.openapi.generator import document
from tests.factories.accounts import PASSWORD, CustomerFactory, UserFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")

WHO = ("admin", "reseller_a", "customer_a", "reseller_b", "customer_b")
WHOSE = ("admin", "reseller_a", "customer_a", "reseller_b", "customer_b")
MAKES = {
    "admin": set(WHOSE),
    "reseller_a": {"reseller_a", "customer_a"},
    "reseller_b": {"reseller_b", "customer_b"},
    "customer_a": set(),
    "customer_b": set(),
}
"""Who makes, changes and removes whose people."""
SEES = MAKES | {"customer_a": {"customer_a"}, "customer_b": {"customer_b"}}


@pytest.fixture
def tokens(two_resellers: TwoResellers) -> dict[str, str]:
    """Of everybody, good for everything."""
    a, b = two_resellers.a, two_resellers.b
    users = (two_resellers.admin, a.reseller_user, a.customer_user, b.reseller_user, b.customer_user)
    return {who: create_token(user, "all", ["write"])[1] for who, user in zip(WHO, users, strict=True)}


def _owner(world: TwoResellers, whose: str) -> dict[str, str]:
    if whose == "admin":
        return {"role": "admin"}
    kind, _, side = whose.partition("_")
    return {kind: str(getattr(getattr(world, side), kind).uid)}


def _somebody(world: TwoResellers, whose: str) -> User:
    kind, _, side = whose.partition("_")
    if kind == "admin":
        return UserFactory(admin=True)
    owner = getattr(getattr(world, side), kind)
    return UserFactory(for_reseller=True, reseller=owner) if kind == "reseller" else UserFactory(customer=owner)


def _log_in(username: str, password: str) -> Client | None:
    client = Client()
    answer = client.post("/login/", {"username": username, "password": password})
    return client if answer.status_code == 302 else None


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("whose", WHOSE)
def test_who_makes_whose_people(two_resellers: TwoResellers, tokens: dict[str, str], who: str, whose: str) -> None:
    before = User.objects.count()
    made = send("POST", tokens[who], "users/", {"username": "new"} | _owner(two_resellers, whose))
    if whose in MAKES[who]:
        assert (made.status_code, made.json()["role"]) == (201, whose.partition("_")[0])
        assert _log_in("new", made.json()["password"]) is not None
        assert User.objects.get(username="new").is_staff is (whose == "admin")
        return
    assert User.objects.count() == before
    if who.startswith("customer"):
        assert (made.status_code, made.json()["code"]) == (403, "role_not_allowed")
    elif whose == "admin":
        assert refused_fields(made) == {"role": "more_than_yours"}
    else:
        assert refused_fields(made) == {whose.partition("_")[0]: "does_not_exist"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("whose", WHOSE)
def test_who_changes_and_removes_whose_people(
    two_resellers: TwoResellers, tokens: dict[str, str], who: str, whose: str
) -> None:
    user = _somebody(two_resellers, whose)
    path, before = f"users/{user.uid}/", User.objects.filter(pk=user.pk).values().get()
    writes = [
        send("PATCH", tokens[who], path, {"first_name": "Anna", "is_active": False}),
        send("POST", tokens[who], f"{path}set-password/", {}),
        send("DELETE", tokens[who], path, headers={"If-Match": "*"}),
    ]
    assert (ask(tokens[who], path).status_code == 200) is (whose in SEES[who] - MAKES[who])
    statuses = [write.status_code for write in writes]
    if whose in MAKES[who]:
        assert statuses == [200, 200, 204]
        assert not User.objects.filter(pk=user.pk).exists()
        return
    assert statuses == ([403] * 3 if who.startswith("customer") else [404] * 3)
    assert User.objects.filter(pk=user.pk).values().get() == before


@pytest.mark.parametrize("who", WHO)
def test_who_sees_whom(two_resellers: TwoResellers, tokens: dict[str, str], who: str) -> None:
    people = {whose: _somebody(two_resellers, whose) for whose in WHOSE}
    seen = {row["id"] for row in rows(tokens[who], "users/", page_size=500)}
    assert {whose for whose, user in people.items() if str(user.uid) in seen} == SEES[who]


def test_somebody_is_written_so(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    row = ask(side.reseller_token_text, f"users/{side.customer_user.uid}/").json()
    assert row == {
        "id": str(side.customer_user.uid),
        "username": "customer-a",
        "first_name": "",
        "last_name": "",
        "email": "",
        "role": "customer",
        "reseller": None,
        "customer": str(side.customer.uid),
        "is_active": True,
        "created_at": side.customer_user.date_joined.isoformat().replace("+00:00", "Z"),
        "last_login": None,
    }
    wide = ask(side.reseller_token_text, f"users/{side.customer_user.uid}/", expand="customer,reseller").json()
    assert (wide["customer"]["name"], wide["reseller"]) == ("Customer", None)


@pytest.mark.parametrize("whose", ["admin", "reseller_a", "customer_a"])
@pytest.mark.parametrize("scope", ["accounts:write", "write"])
def test_a_narrow_token_makes_no_logins_that_are_good_for_everything(
    two_resellers: TwoResellers, whose: str, scope: str
) -> None:
    asks = two_resellers.admin if whose == "admin" else two_resellers.a.reseller_user
    _token, own = create_token(asks, "asks", [scope])
    user = _somebody(two_resellers, whose)
    answers = [
        send("POST", own, "users/", {"username": "new"} | _owner(two_resellers, whose)),
        send("POST", own, f"users/{user.uid}/set-password/", {"password": "a-new-one-that-is-long"}),
    ]
    if scope == "write" or whose == "customer_a":
        assert [answer.status_code for answer in answers] == [201, 200]
        return
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "insufficient_scope")] * 2
    assert not User.objects.filter(username="new").exists()
    assert _log_in(user.username, PASSWORD) is not None


@pytest.mark.parametrize("bound", [{"networks": ["127.0.0.0/8"]}, {"expires_at": datetime(2099, 1, 1, tzinfo=UTC)}])
@pytest.mark.parametrize(
    ("asks", "whose", "may"),
    [
        ("admin", "admin", False),
        ("admin", "reseller_a", True),
        ("reseller_a", "reseller_a", False),
        ("reseller_a", "customer_a", True),
    ],
)
def test_a_token_for_a_time_or_a_place_makes_no_logins_of_its_own_rank_that_are_for_ever_and_from_everywhere(
    two_resellers: TwoResellers, bound: dict[str, Any], asks: str, whose: str, may: bool
) -> None:
    _token, own = create_token(_somebody(two_resellers, asks), "bound", ["write"], **bound)
    user = _somebody(two_resellers, whose)
    answers = [
        send("POST", own, "users/", {"username": "new"} | _owner(two_resellers, whose)),
        send("POST", own, f"users/{user.uid}/set-password/", {"password": "a-new-one-that-is-long"}),
    ]
    if may:
        assert [answer.status_code for answer in answers] == [201, 200]
        return
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "bound_token")] * 2
    assert not User.objects.filter(username="new").exists()


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"username": ""}, {"username": "blank"}),
        ({"username": "a b"}, {"username": "invalid"}),
        ({"username": "\u0430lice"}, {"username": "mixed_scripts"}),
        ({"username": "x" * 151}, {"username": "max_length"}),
        ({"email": "nowhere"}, {"email": "invalid"}),
        ({"password": "short"}, {"password": "password_too_short"}),
        ({"password": "12345678901234"}, {"password": "password_entirely_numeric"}),
        ({"username": "reseller-user-new", "password": "reseller-user-new"}, {"password": "password_too_similar"}),
        ({"customer": None}, {"reseller": "required", "customer": "required"}),
        ({"role": "reseller"}, {"role": "contradiction"}),
        ({"role": "root"}, {"role": "invalid_choice"}),
        ({"is_staff": True, "last_login": None}, {"is_staff": "unknown", "last_login": "read_only"}),
    ],
)
def test_what_is_wrong_is_named(two_resellers: TwoResellers, sent: dict[str, Any], fields: dict[str, str]) -> None:
    side = two_resellers.a
    wanted = {"username": "new", "customer": str(side.customer.uid)} | sent
    assert refused_fields(send("POST", side.reseller_token_text, "users/", wanted)) == fields


def test_whose_somebody_is_has_one_answer(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    both = {"username": "new", "customer": str(side.customer.uid), "reseller": str(side.reseller.uid)}
    assert refused_fields(send("POST", side.reseller_token_text, "users/", both)) == {
        "customer": "contradiction",
        "reseller": "contradiction",
    }
    other = CustomerFactory(reseller=side.reseller)
    moved = {"customer": str(other.uid), "role": "reseller"}
    path = f"users/{side.customer_user.uid}/"
    assert refused_fields(send("PATCH", side.reseller_token_text, path, moved)) == {
        "customer": "fixed",
        "role": "fixed",
    }


@pytest.mark.parametrize("name", ["customer-b", "CUSTOMER-B", "\uff43ustomer-b", "Customer-B"])
def test_a_name_is_taken_on_the_whole_platform_and_nothing_more_is_said(two_resellers: TwoResellers, name: str) -> None:
    side = two_resellers.a
    wanted = {"username": name, "customer": str(side.customer.uid)}
    refused = send("POST", side.reseller_token_text, "users/", wanted)
    assert refused_fields(refused) == {"username": "unique"}
    assert "Reseller b" not in refused.content.decode()
    renamed = send("PATCH", side.reseller_token_text, f"users/{side.customer_user.uid}/", {"username": name})
    assert refused_fields(renamed) == {"username": "unique"}
    assert rows(side.reseller_token_text, "users/", username=name) == []


def test_ones_own_name_can_be_written_otherwise(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"users/{side.customer_user.uid}/"
    assert send("PATCH", side.reseller_token_text, path, {"username": "Customer-A"}).json()["username"] == "Customer-A"
    assert [row["username"] for row in rows(side.reseller_token_text, "users/", username="customer-a")] == [
        "Customer-A"
    ]
    assert [row["username"] for row in rows(side.reseller_token_text, "users/", search="CUST")] == ["Customer-A"]


def test_nobody_shuts_himself_out(two_resellers: TwoResellers) -> None:
    for user, token in (
        (two_resellers.admin, two_resellers.admin_token_text),
        (two_resellers.a.reseller_user, two_resellers.a.reseller_token_text),
    ):
        path = f"users/{user.uid}/"
        assert refused_fields(send("PATCH", token, path, {"is_active": False})) == {"is_active": "yourself"}
        gone = send("DELETE", token, path, headers={"If-Match": "*"})
        assert (gone.status_code, gone.json()["code"]) == (409, "yourself")
        assert "yourself" in gone.json()["detail"]
        bulk = send(
            "POST", token, "users/bulk/", {"rows": [{"operation": "delete", "id": str(user.uid), "if_match": "*"}]}
        )
        assert bulk.status_code == 422
        assert User.objects.get(pk=user.pk).is_active
        assert send("PATCH", token, path, {"first_name": "Anna", "is_active": True}).status_code == 200


def test_a_new_password_ends_the_logins_and_not_the_tokens(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    client = _log_in("customer-a", PASSWORD)
    assert client is not None
    path = f"users/{side.customer_user.uid}/set-password/"
    given = send("POST", side.reseller_token_text, path, {"password": "a-new-one-that-is-long"})
    assert (given.status_code, "password" in given.json()) == (200, False)
    assert client.get("/").status_code == 302
    assert _log_in("customer-a", PASSWORD) is None
    assert _log_in("customer-a", "a-new-one-that-is-long") is not None
    assert ask(side.customer_token_text, "me/").status_code == 200
    made = send("POST", side.reseller_token_text, path).json()["password"]
    assert _log_in("CUSTOMER-A", made) is not None
    assert refused_fields(send("POST", side.reseller_token_text, path, {"password": "short"})) == {
        "password": "password_too_short"
    }
    assert refused_fields(send("POST", side.reseller_token_text, path, {"passwort": "x"})) == {"passwort": "unknown"}
    assert send("POST", side.reseller_token_text, path, dry_run=1).status_code == 200
    changed = send("POST", side.reseller_token_text, path, headers={"If-Match": '"an-older-version"'})
    assert (changed.status_code, changed.json()["code"]) == (412, "precondition_failed")
    assert _log_in("customer-a", made) is not None


def test_that_a_version_may_be_named_is_told(two_resellers: TwoResellers) -> None:
    told = document()["paths"]["/api/v1/users/{id}/set-password/"]["post"]
    (named,) = [one for one in told["parameters"] if one["name"] == "If-Match"]
    assert not named.get("required", False)
    assert "412" in told["responses"]
    assert "428" not in told["responses"]


def test_who_is_suspended_or_removed_is_out_at_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    client, path = _log_in("customer-a", PASSWORD), f"users/{side.customer_user.uid}/"
    assert client is not None
    send("PATCH", side.reseller_token_text, path, {"is_active": False})
    assert (client.get("/").status_code, ask(side.customer_token_text, "me/").status_code) == (302, 401)
    send("PATCH", side.reseller_token_text, path, {"is_active": True})
    assert ask(side.customer_token_text, "me/").status_code == 200
    assert send("DELETE", side.reseller_token_text, path).status_code == 428
    send("DELETE", side.reseller_token_text, path, headers={"If-Match": "*"})
    assert ask(side.customer_token_text, "me/").status_code == 401
    assert not ApiToken.objects.filter(pk=side.customer_token.pk).exists()


def test_many_at_once_are_fewer_here(two_resellers: TwoResellers) -> None:
    wanted = [{"operation": "create", "data": {"username": f"u{n}"}} for n in range(51)]
    assert refused_fields(send("POST", two_resellers.a.reseller_token_text, "users/bulk/", {"rows": wanted})) == {
        "rows": "max_length"
    }
