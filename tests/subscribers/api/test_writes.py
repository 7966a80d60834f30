"""Subscribers made and changed by the API."""

import pytest

from accounts.actions import create_token
from subscribers.models import Binding, Subscriber
from tests.factories.accounts import CustomerFactory
from tests.factories.subscribers import DomainFactory
from tests.factories.two_resellers import Side, TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send


def _wanted(side: Side, **more: object) -> dict[str, object]:
    return {"username": "carol", "domain": str(side.domain.uid), "customer": str(side.customer.uid), **more}


def test_a_subscriber_is_made(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    made = send("POST", side.reseller_token_text, "subscribers/", _wanted(side, display_name="Carol C."))
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["aor"], body["display_name"], body["is_active"]) == ("carol@a.example.org", "Carol C.", True)
    assert body["reseller"] == str(side.reseller.uid)
    assert refused_fields(send("POST", side.reseller_token_text, "subscribers/", _wanted(side))) == {
        "username": "unique_together"
    }
    capital = _wanted(side, username="Dora")  # as it would be answered, or not at all
    assert refused_fields(send("POST", side.reseller_token_text, "subscribers/", capital)) == {"username": "invalid"}


def test_domain_and_customer_are_of_one_reseller_and_visible(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    foreign = _wanted(a, domain=str(b.domain.uid))
    assert refused_fields(send("POST", a.reseller_token_text, "subscribers/", foreign)) == {"domain": "does_not_exist"}
    mixed = send("POST", two_resellers.admin_token_text, "subscribers/", foreign)
    assert refused_fields(mixed) == {"customer": "invalid"}
    assert not Subscriber.objects.filter(username="carol").exists()


def test_what_stays_and_what_changes(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    path = f"subscribers/{side.alice.uid}/"
    other = DomainFactory(reseller=side.reseller)
    moved = send("PATCH", side.reseller_token_text, path, {"domain": str(other.uid)})
    assert refused_fields(moved) == {"domain": "fixed"}
    renamed = send("PATCH", side.reseller_token_text, path, {"username": "alicia"})
    assert refused_fields(renamed) == {"username": "invalid"}  # her credentials hold the old name
    changed = send("PATCH", side.reseller_token_text, path, {"is_active": False, "digest_algorithm": "SHA-256"})
    assert (changed.status_code, changed.json()["digest_algorithm"]) == (200, "SHA-256")


def test_references_written_out(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    for row in rows(side.reseller_token_text, "subscribers/", expand="domain,customer", fields="domain,customer,aor"):
        assert row["domain"]["names"] == ["a.example.org"]
        assert row["customer"]["name"] == side.customer.name


def test_a_registration_is_forgotten(two_resellers: TwoResellers) -> None:
    side, other = two_resellers.a, two_resellers.b
    path = f"registrations/{side.alice_binding.uid}/"
    assert send("DELETE", other.reseller_token_text, path).status_code == 404
    assert send("DELETE", side.reseller_token_text, path).status_code == 204
    assert not Binding.objects.filter(pk=side.alice_binding.pk).exists()
    assert send("POST", side.reseller_token_text, "registrations/", {}).status_code == 405


def test_a_subscriber_is_made_with_what_its_phone_needs(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    made = send("POST", token, "subscribers/", _wanted(side, credential={"label": "Desk"}))
    assert made.status_code == 201, made.content
    told = made.json().pop("credential")
    assert (told["label"], told["slot"], len(told["password"]), told["aor"]) == ("Desk", 1, 20, "carol@a.example.org")
    again = ask(token, f"subscribers/{made.json()['id']}/")
    assert ("credential" in again.json(), again.headers["ETag"]) == (False, made.headers["ETag"])
    assert [row["id"] for row in rows(token, "credentials/", subscriber=made.json()["id"])] == [told["id"]]
    given = _wanted(side, username="dora", credential={"password": "what-the-phone-has"})
    assert "password" not in send("POST", token, "subscribers/", given).json()["credential"]
    assert "credential" not in send("POST", token, "subscribers/", _wanted(side, username="eve")).json()
    late = send("PATCH", token, f"subscribers/{made.json()['id']}/", {"credential": {}})
    assert refused_fields(late) == {"credential": "fixed"}


@pytest.mark.parametrize(
    ("credential", "fields"),
    [
        ({"password": "short"}, {"credential.password": "invalid"}),
        ({"ha1": {"md5": "x"}}, {"credential.ha1.md5": "invalid"}),
        ({"ha1": {}, "password": "long enough"}, {"credential.ha1": "contradiction"}),
        ({"slot": 1}, {"credential.slot": "unknown"}),
        (None, {"credential": "null"}),
    ],
)
def test_what_is_wrong_with_its_credential(two_resellers: TwoResellers, credential: object, fields: object) -> None:
    side = two_resellers.a
    refused = send("POST", side.reseller_token_text, "subscribers/", _wanted(side, credential=credential))
    assert refused_fields(refused) == fields
    assert not Subscriber.objects.filter(username="carol").exists()


def test_who_may_make_no_credentials_makes_none_beside(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    _row, token = create_token(side.reseller_user, "narrow", ["subscribers:write"])
    refused = send("POST", token, "subscribers/", _wanted(side, credential={}))
    assert refused_fields(refused) == {"credential": "insufficient_scope"}
    assert send("POST", token, "subscribers/", _wanted(side)).status_code == 201


def test_a_subscriber_moves_to_another_customer_of_its_reseller(two_resellers: TwoResellers) -> None:
    side, path = two_resellers.a, f"subscribers/{two_resellers.a.alice.uid}/"
    other = CustomerFactory(reseller=side.reseller)
    moved = send("PATCH", side.reseller_token_text, path, {"customer": str(other.uid)})
    assert (moved.status_code, moved.json()["customer"]) == (200, str(other.uid))
    assert ask(side.customer_token_text, path).status_code == 404
    foreign = {"customer": str(two_resellers.b.customer.uid)}
    assert refused_fields(send("PATCH", side.reseller_token_text, path, foreign)) == {"customer": "does_not_exist"}
    assert refused_fields(send("PATCH", two_resellers.admin_token_text, path, foreign)) == {"customer": "invalid"}
