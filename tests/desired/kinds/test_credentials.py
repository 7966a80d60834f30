"""Credentials of a document: applied twice they change nothing, and their secrets are nowhere."""

from typing import Any

import pytest

from subscribers.models import SipCredential
from subscribers.secrets import decrypt
from tests.desired.documents import apply, faults, plan, told
from tests.factories.two_resellers import Side, TwoResellers
from tests.provider.api.asking import send

HIDDEN = (None, None)
MD5 = "939e7578ed9e3c518a452acee763bce9"


def _one(side: Side, **more: Any) -> list[dict[str, Any]]:
    return [{"subscriber": side.alice.aor, "slot": 1, **more}]


def test_a_password_that_is_stored_already_changes_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert plan(side, credentials=_one(side, password=side.alice_password)) == {}
    other = _one(side, password="another password")
    key = ("change", "credential", f"{side.alice.aor}#1")
    assert plan(side, credentials=other) == {key: {"secret": HIDDEN}}
    assert apply(side, credentials=other) == {key: {"secret": HIDDEN}}
    assert apply(side, credentials=other) == {}
    row = SipCredential.objects.get(subscriber=side.alice)
    assert row.rotated_at is not None


def test_ha1_values_are_stored_as_they_are_given(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wanted = [{"subscriber": side.bob.aor, "slot": 3, "label": "Moved", "ha1": {"md5": MD5}}]
    apply(side, credentials=wanted)
    assert plan(side, credentials=wanted) == {}
    assert (decrypt(SipCredential.objects.get(slot=3).secret).md5 or b"").hex() == MD5


def test_a_secret_is_in_no_answer(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = {"credentials": _one(side, password="what-it-has-had")}
    for path in ("plan/", "apply/"):
        assert b"what-it-has" not in send("POST", side.reseller_token_text, path, document).content
    short = send("POST", side.reseller_token_text, "plan/", {"credentials": _one(side, password="shorty")})
    assert short.status_code == 400
    assert b"shorty" not in short.content


def test_a_password_of_ours_is_shown_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = {"credentials": [{"subscriber": side.alice.aor, "slot": 2, "label": "Door"}]}
    planned = send("POST", side.reseller_token_text, "plan/", document)
    tried = send("POST", side.reseller_token_text, "apply/", document, dry_run="1")
    assert "password" not in planned.json()["changes"][0]
    assert "password" not in tried.json()["result"]["changes"][0]
    answers = [
        send("POST", side.reseller_token_text, "apply/", document, headers={"Idempotency-Key": "k"}) for _ in "12"
    ]
    assert len(answers[0].json()["changes"][0]["password"]) == 20
    assert answers[0].content == answers[1].content
    assert told(send("POST", side.reseller_token_text, "apply/", document)) == {}


def test_a_label_changes_alone(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    before = side.alice_credential.secret
    assert apply(side, credentials=_one(side, label="Desk")) == {
        ("change", "credential", f"{side.alice.aor}#1"): {"label": ("", "Desk")}
    }
    side.alice_credential.refresh_from_db()
    assert (side.alice_credential.secret, side.alice_credential.rotated_at) == (before, None)


def test_one_that_cannot_be_read_any_more_is_replaced(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    SipCredential.objects.filter(pk=side.alice_credential.pk).update(secret="spoilt")
    wanted = _one(side, password="what-it-has-had")
    assert apply(side, credentials=wanted) == {("change", "credential", f"{side.alice.aor}#1"): {"secret": HIDDEN}}
    assert plan(side, credentials=wanted) == {}


def test_one_ends(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert list(apply(side, credentials=_one(side, state="absent"))) == [
        ("remove", "credential", f"{side.alice.aor}#1")
    ]
    assert plan(side, credentials=_one(side, state="absent")) == {}


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"password": "short"}, {"password": "invalid"}),
        ({"password": "long enough", "ha1": {"md5": MD5}}, {"ha1": "contradiction"}),
        ({"ha1": {}}, {"ha1": "required"}),
        ({"ha1": {"md5": "no hexadecimal"}}, {"ha1/md5": "invalid"}),
        ({"ha1": {"md4": "00"}}, {"ha1/md4": "unknown"}),
        ({"slot": 6}, {"slot": "max_value"}),
        ({"subscriber": "nobody@a.example.org"}, {"subscriber": "does_not_exist"}),
        ({"state": "absent", "password": "long enough"}, {"password": "contradiction"}),
    ],
)
def test_what_can_be_wrong(two_resellers: TwoResellers, more: dict[str, Any], wrong: dict[str, str]) -> None:
    side = two_resellers.a
    found = faults(side, credentials=[{"subscriber": side.alice.aor, "slot": 1, **more}])
    assert found == {f"/credentials/0/{name}": code for name, code in wrong.items()}


def test_a_complete_list_is_of_the_subscribers_that_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    would = plan(side, prune=["credentials"], subscribers=[{"aor": side.alice.aor}])
    assert list(would) == [("remove", "credential", f"{side.alice.aor}#1")]
    assert faults(side, prune=["credentials"], credentials=_one(side)) == {"/prune/0": "required"}
