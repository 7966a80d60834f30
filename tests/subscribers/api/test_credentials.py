"""SIP credentials by the API: a password is shown when we make it, and never again."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import md5
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from subscribers.models import SipCredential
from subscribers.secrets import decrypt
from tests.factories.two_resellers import TwoResellers, make_two_resellers
from tests.provider.api.asking import ask, refused_fields, rows, send

MD5 = "939e7578ed9e3c518a452acee763bce9"  # of alice:a.example.org:… as another platform had it


def _make(two_resellers: TwoResellers, **more: Any) -> Any:
    side = two_resellers.a
    return send("POST", side.reseller_token_text, "credentials/", {"subscriber": str(side.alice.uid), **more})


def test_a_password_of_ours_is_shown_once(two_resellers: TwoResellers) -> None:
    made = _make(two_resellers, label="Desk")
    assert made.status_code == 201, made.content
    body = made.json()
    assert (len(body["password"]), body["label"], body["slot"], body["aor"]) == (20, "Desk", 2, "alice@a.example.org")
    again = ask(two_resellers.a.reseller_token_text, f"credentials/{body['id']}/")
    assert again.json() == {name: value for name, value in body.items() if name != "password"}
    assert again.headers["ETag"] == made.headers["ETag"]


def test_sent_again_it_is_shown_again_and_made_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    first, second = (
        send(
            "POST",
            side.reseller_token_text,
            "credentials/",
            {"subscriber": str(side.alice.uid)},
            headers={"Idempotency-Key": "one"},
        )
        for _ in range(2)
    )
    assert first.json()["password"] == second.json()["password"]
    assert side.alice.credentials.count() == 2


def test_one_that_is_given_is_not_shown(two_resellers: TwoResellers) -> None:
    given = _make(two_resellers, password="what-the-phone-has")
    assert (given.status_code, "password" in given.json()) == (201, False)
    moved = _make(two_resellers, ha1={"md5": MD5})
    assert (moved.status_code, "ha1" in moved.json()) == (201, False)
    stored = SipCredential.objects.get(uid=moved.json()["id"])
    assert decrypt(stored.secret).md5.hex() == MD5


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"password": "short"}, {"password": "invalid"}),
        ({"password": "long enough", "ha1": {"md5": MD5}}, {"ha1": "contradiction"}),
        ({"ha1": {"md5": "no hexadecimal"}}, {"ha1.md5": "invalid"}),
        ({"ha1": {}}, {"ha1.md5": "invalid"}),
        ({"ha1": {"md4": MD5}}, {"ha1.md4": "unknown"}),
        ({"slot": 3}, {"slot": "read_only"}),
        ({"label": "x" * 101}, {"label": "max_length"}),
    ],
)
def test_what_is_wrong_with_one(two_resellers: TwoResellers, more: dict[str, Any], fields: dict[str, str]) -> None:
    assert refused_fields(_make(two_resellers, **more)) == fields


def test_foreign_subscribers_have_none(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    foreign = {"subscriber": str(b.alice.uid)}
    assert refused_fields(send("POST", a.reseller_token_text, "credentials/", foreign)) == {
        "subscriber": "does_not_exist"
    }
    assert rows(a.reseller_token_text, "credentials/", **foreign) == []
    path = f"credentials/{b.alice_credential.uid}/"
    for method, where in (("PATCH", path), ("DELETE", path), ("POST", f"{path}rotate/")):
        assert send(method, a.reseller_token_text, where, {}, headers={"If-Match": "*"}).status_code == 404
    assert SipCredential.objects.filter(pk=b.alice_credential.pk, secret=b.alice_credential.secret).exists()


def test_a_list_is_of_one_subscriber(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    (row,) = rows(side.reseller_token_text, "credentials/", subscriber=side.alice.uid)
    assert row["id"] == str(side.alice_credential.uid)
    assert refused_fields(ask(side.reseller_token_text, "credentials/")) == {"subscriber": "required"}


def test_rotating_shows_the_new_password_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"credentials/{side.alice_credential.uid}/"
    assert send("POST", side.reseller_token_text, f"{path}rotate/").status_code == 428
    rotated = send("POST", side.reseller_token_text, f"{path}rotate/", headers={"If-Match": "*"})
    assert (rotated.status_code, len(rotated.json()["password"])) == (200, 20)
    assert rotated.json()["rotated_at"] is not None
    assert "password" not in ask(side.reseller_token_text, path).json()
    assert not SipCredential.objects.filter(secret=side.alice_credential.secret).exists()
    stale = send("POST", side.reseller_token_text, f"{path}rotate/", headers={"If-Match": '"older"'})
    assert stale.status_code == 412


@pytest.mark.django_db(transaction=True)
def test_of_those_who_rotate_at_once_one_gets_a_password_and_the_phone_knows_it() -> None:
    side = make_two_resellers().a
    path, together = f"credentials/{side.alice_credential.uid}/", Barrier(5)
    version = ask(side.reseller_token_text, path).headers["ETag"]

    def rotate(_: int) -> tuple[int, str]:
        together.wait(10)
        try:
            answer = send("POST", side.reseller_token_text, f"{path}rotate/", headers={"If-Match": version})
            return answer.status_code, answer.json().get("password", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = sorted(pool.map(rotate, range(5)))
    assert [status for status, _password in answers] == [200, 412, 412, 412, 412]
    stored = decrypt(SipCredential.objects.get(pk=side.alice_credential.pk).secret)
    assert stored.md5 == md5(f"alice:a.example.org:{answers[0][1]}".encode(), usedforsecurity=False).digest()


def test_the_label_changes_and_nothing_else(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"credentials/{side.alice_credential.uid}/"
    assert send("PATCH", side.reseller_token_text, path, {"label": "Door"}).json()["label"] == "Door"
    fixed = send("PATCH", side.reseller_token_text, path, {"password": "another one", "subscriber": str(side.bob.uid)})
    assert refused_fields(fixed) == {"password": "fixed", "subscriber": "fixed"}


def test_a_credential_ends(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"credentials/{side.alice_credential.uid}/"
    assert send("DELETE", side.reseller_token_text, path).status_code == 428
    assert send("DELETE", side.reseller_token_text, path, headers={"If-Match": "*"}).status_code == 204
    assert not side.alice.credentials.exists()
