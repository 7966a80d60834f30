"""Desired state by the API: who may, when it is refused, and what is written out."""

from typing import Any

import pytest

from accounts.actions import create_token
from tests.desired.documents import PATHS, apply, faults, plan, rows, state, told
from tests.factories.accounts import CustomerFactory
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import Side, TwoResellers
from tests.provider.api.asking import ask, refused_fields, send

ANNA = "anna@a.example.org"


def _whole(side: Side) -> dict[str, Any]:
    return {
        "customers": [{"name": "Fink", "max_calls": 4}],
        "subscribers": [{"aor": "Anna@A.example.org", "customer": "Fink", "display_name": "Anna"}],
        "credentials": [{"subscriber": ANNA, "slot": 1, "label": "Desk", "password": "what-it-has"}],
        "numbers": [{"e164": side.free_number.e164, "subscriber": ANNA}],
        "call_settings": [{"aor": ANNA, "forwardings": {"busy": {"targets": ["alice"]}}}],
    }


def test_what_is_planned_is_done_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    before = rows()
    planned = plan(side, **_whole(side))
    assert rows() == before
    assert list(planned) == [
        ("create", "customer", "Fink"),
        ("create", "subscriber", ANNA),
        ("create", "credential", f"{ANNA}#1"),
        ("change", "number", side.free_number.e164),
        ("create", "call_settings", ANNA),
    ]
    assert apply(side, **_whole(side)) == planned
    done = rows()
    assert apply(side, **_whole(side)) == {}
    assert rows() == done, "the second time not even the same is written"


def test_an_answer_counts_and_names_what_it_made(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    planned = send("POST", side.reseller_token_text, "plan/", _whole(side))
    done = send("POST", side.reseller_token_text, "apply/", _whole(side)).json()
    assert planned.json()["summary"] == {"create": 4, "change": 1, "remove": 0, "unchanged": 0}
    assert [change["id"] for change in planned.json()["changes"]][:3] == [None] * 3
    assert (done["fingerprint"], planned.headers["ETag"]) == (planned.json()["fingerprint"], f'"{done["fingerprint"]}"')
    made = ask(side.reseller_token_text, f"subscribers/{done['changes'][1]['id']}/").json()
    assert made["aor"] == ANNA
    again = send("POST", side.reseller_token_text, "apply/", _whole(side)).json()
    assert again["summary"] == {"create": 0, "change": 0, "remove": 0, "unchanged": 5}


def test_what_was_not_planned_is_not_done(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = _whole(side)
    etag = send("POST", side.reseller_token_text, "plan/", document).headers["ETag"]
    other = {**document, "credentials": [{**document["credentials"][0], "password": "another password"}]}
    apply(side, customers=[{"name": "Fink"}])
    before = rows()
    for changed in (document, other):
        refused = send("POST", side.reseller_token_text, "apply/", changed, headers={"If-Match": etag})
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert rows() == before
    etag = send("POST", side.reseller_token_text, "plan/", document).headers["ETag"]
    for changes in (5, 0):  # what stands already is no reason to refuse
        done = send("POST", side.reseller_token_text, "apply/", document, headers={"If-Match": etag})
        assert (done.status_code, len(done.json()["changes"])) == (200, changes)


def test_a_fingerprint_knows_the_secret(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = {"credentials": [{"subscriber": side.alice.aor, "slot": 1, "password": "the first one"}]}
    etag = send("POST", side.reseller_token_text, "plan/", document).headers["ETag"]
    document["credentials"][0]["password"] = "the second one"
    refused = send("POST", side.reseller_token_text, "apply/", document, headers={"If-Match": etag})
    assert refused.status_code == 412


def test_who_prunes_says_that_the_plan_was_seen(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = {"prune": ["credentials"], "subscribers": [{"aor": side.alice.aor}]}
    planned = send("POST", side.reseller_token_text, "plan/", document)
    assert planned.json()["changes"][0]["path"] == "/prune/0"
    assert send("POST", side.reseller_token_text, "apply/", document).status_code == 428
    headers = {"If-Match": planned.headers["ETag"]}
    assert list(told(send("POST", side.reseller_token_text, "apply/", document, headers=headers))) == [
        ("remove", "credential", f"{side.alice.aor}#1")
    ]


def test_a_trial_keeps_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    before = rows()
    tried = send("POST", side.reseller_token_text, "apply/", _whole(side), dry_run="1")
    assert (tried.status_code, tried.json()["status"]) == (200, 200)
    assert tried.json()["result"] == send("POST", side.reseller_token_text, "plan/", _whole(side)).json()
    assert rows() == before


def test_one_fault_of_many_refuses_all(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = _whole(side)
    document["numbers"].append({"e164": "+43999", "subscriber": ANNA})
    document["subscribers"].append({"aor": "x@nowhere.example.org", "customer": "Fink"})
    assert faults(side, **document) == {"/numbers/1/e164": "does_not_exist", "/subscribers/1/aor": "does_not_exist"}


@pytest.mark.parametrize("path", PATHS)
def test_customers_may_not(two_resellers: TwoResellers, path: str) -> None:
    token = create_token(two_resellers.a.customer_user, "all", ["write"])[1]
    refused = send("POST", token, path, {"customers": [{"name": "Customer", "max_calls": 9}]})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert ask(token, "state/").json()["code"] == "role_not_allowed"


@pytest.mark.parametrize(
    ("scopes", "sections", "may"),
    [
        (["read"], {"numbers"}, {"plan/", "state/"}),
        (["write"], {"numbers", "subscribers"}, {"plan/", "apply/", "state/"}),
        (["numbers:write"], {"numbers"}, {"plan/", "apply/", "state/"}),
        (["numbers:read"], {"numbers"}, {"plan/", "state/"}),
        (["numbers:write"], {"numbers", "credentials"}, set()),
        (["numbers:write"], {"dial_settings"}, {"plan/", "apply/", "state/"}),
        (["subscribers:write"], {"dial_settings"}, set()),
        (["subscribers:write"], {"domain_aliases", "domains"}, {"plan/", "apply/", "state/"}),
        (["subscribers:write"], {"subscribers"}, set()),  # names of customers stand in it
        (["subscribers:write", "accounts:read"], {"subscribers"}, {"plan/", "apply/", "state/"}),
        (["subscribers:read", "accounts:write"], {"subscribers", "customers"}, {"plan/", "state/"}),
    ],
)
def test_a_token_must_be_good_for_all_that_a_document_is_about(
    two_resellers: TwoResellers, scopes: list[str], sections: set[str], may: set[str]
) -> None:
    side = two_resellers.a
    token = create_token(side.reseller_user, "narrow", scopes)[1]
    document = {name: part[:1] for name, part in state(side).items() if name in sections}
    answers = {path: send("POST", token, path, document).status_code for path in PATHS}
    answers["state/"] = ask(token, "state/", sections=",".join(sorted(sections))).status_code
    assert answers == {path: 200 if path in may else 403 for path in (*PATHS, "state/")}


def test_who_only_reads_cannot_try_passwords_by_planning(two_resellers: TwoResellers) -> None:
    """A plan says whether a secret is the one that is stored: to whoever may replace it anyway."""
    side = two_resellers.a
    apply(side, **_whole(side))
    reads = create_token(side.reseller_user, "reads", ["read"])[1]
    for guess in ({"password": "what-it-has"}, {"password": "is-another1"}, {"ha1": {"md5": "0" * 32}}):
        document = {"credentials": [{"subscriber": ANNA, "slot": 1, **guess}]}
        refused = send("POST", reads, "plan/", document)
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope"), guess
    label = {"credentials": [{"subscriber": ANNA, "slot": 1, "label": "Hall"}]}
    assert told(send("POST", reads, "plan/", label)) == {
        ("change", "credential", f"{ANNA}#1"): {"label": ("Desk", "Hall")}
    }
    writes = create_token(side.reseller_user, "writes", ["credentials:write"])[1]
    held = {"credentials": [{"subscriber": ANNA, "slot": 1, "password": "what-it-has"}]}
    assert told(send("POST", writes, "plan/", held)) == {}


def test_with_a_subscriber_go_its_numbers_and_credentials_so_the_token_must_be_good_for_these(
    two_resellers: TwoResellers,
) -> None:
    side = two_resellers.a
    token = create_token(side.reseller_user, "narrow", ["subscribers:write", "accounts:read"])[1]
    gone = {"subscribers": [{"aor": side.alice.aor, "state": "absent"}]}
    assert send("POST", token, "plan/", gone).status_code == 403
    token = create_token(
        side.reseller_user, "wide", ["subscribers:write", "accounts:read", "numbers:write", "credentials:write"]
    )[1]
    assert send("POST", token, "apply/", gone).status_code == 200


def test_an_administrator_says_whose_it_is(two_resellers: TwoResellers) -> None:
    token = two_resellers.admin_token_text
    document = {"customers": [{"name": "Fink"}]}
    assert refused_fields(send("POST", token, "plan/", document)) == {"/reseller": "required"}
    assert refused_fields(ask(token, "state/")) == {"reseller": "required"}
    done = send("POST", token, "apply/", {**document, "reseller": "Reseller b"})
    assert done.status_code == 200
    assert two_resellers.b.reseller.customers.filter(name="Fink").exists()
    assert not two_resellers.a.reseller.customers.filter(name="Fink").exists()
    written = ask(token, "state/", reseller="Reseller b").json()["document"]
    assert send("POST", token, "plan/", written).json()["changes"] == []


def test_what_is_anothers_is_as_what_is_not_there(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    CustomerFactory(reseller=b.reseller, name="Theirs")
    pairs: list[tuple[dict[str, Any], str, str]] = [
        ({"reseller": "NAME"}, "Reseller b", "Nobody"),
        ({"subscribers": [{"aor": a.alice.aor, "customer": "NAME"}]}, "Theirs", "Nobody"),
        ({"subscribers": [{"aor": "NAME", "customer": "Customer"}]}, "x@b.example.org", "x@c.example.org"),
        ({"credentials": [{"subscriber": "NAME", "slot": 1}]}, b.alice.aor, "zzzzz@b.example.org"),
        ({"credentials": [{"subscriber": "NAME", "slot": 1, "state": "absent"}]}, b.alice.aor, "zzzzz@b.example.org"),
        ({"numbers": [{"e164": a.free_number.e164, "subscriber": "NAME"}]}, b.alice.aor, "zzzzz@b.example.org"),
        ({"numbers": [{"e164": "NAME", "subscriber": a.alice.aor}]}, b.free_number.e164, "+4312999"),
        ({"numbers": [{"e164": "NAME", "state": "absent"}]}, b.alice_number.e164, "+4312999"),
        ({"domain_aliases": [{"name": "x.example.org", "domain": "NAME"}]}, "b.example.org", "c.example.org"),
        ({"domain_aliases": [{"name": "NAME", "state": "absent"}]}, "b.example.org", "c.example.org"),
        ({"dial_settings": [{"domain": "NAME", "number_format": "Austria"}]}, "b.example.org", "c.example.org"),
        ({"dial_settings": [{"subscriber": "NAME", "state": "absent"}]}, b.alice.aor, "zzzzz@b.example.org"),
        ({"subscribers": [{"aor": "NAME", "state": "absent"}]}, b.alice.aor, "zzzzz@b.example.org"),
    ]
    for document, theirs, nobodys in pairs:
        answers = []
        for name in (theirs, nobodys):
            answer = send("POST", a.reseller_token_text, "apply/", _named(document, name))
            answers.append((answer.status_code, answer.content.decode().replace(name.split("@")[-1], "NAME")))
        assert answers[0] == answers[1]
        assert "Reseller b" not in answers[0][1]
    assert b.alice.credentials.count() == 1
    for name in ("customer", "domain"):
        refused = [ask(a.reseller_token_text, "state/", **{name: one}) for one in ("Theirs", "b.example.org", "zz")]
        assert {answer.content for answer in refused} == {refused[0].content}


def _named(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _named(one, name) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(one, name) for one in value]
    return name if value == "NAME" else value


def test_what_is_written_out_needs_no_change(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    apply(side, **_whole(side))
    CustomerFactory(reseller=side.reseller, name="Nobody's")
    whole = state(side)
    assert {name: len(part) for name, part in whole.items() if name != "reseller"} == {
        "customers": 3,
        "domains": 1, "domain_aliases": 0, "subscribers": 3, "credentials": 3, "numbers": 3, "dial_settings": 1,
        "call_settings": 1,
    }  # fmt: skip
    assert plan(side, **whole) == {}
    assert told(send("POST", side.reseller_token_text, "plan/", {**whole, "prune": [*SECTIONS]})) == {}
    assert "password" not in str(whole)


SECTIONS = ("customers", "domains", "domain_aliases", "subscribers", "credentials", "numbers", "dial_settings")


def test_the_parts_are_the_whole(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    apply(side, **_whole(side))
    for size in (1, 2, 3, 5):
        parts: dict[str, list[Any]] = {name: [] for name in SECTIONS}
        address: str | None = f"/api/v1/state/?page_size={size}"
        while address:
            answer = ask(side.reseller_token_text, address.partition("/api/v1/")[2])
            document = answer.json()["document"]
            assert plan(side, **document) == {}
            assert len(document.get("customers", [])) + len(document.get("numbers", [])) <= size
            for name in SECTIONS:
                parts[name] += document.get(name, [])
            address = answer.json()["next"]
        whole = state(side)
        assert all(sorted(parts[name], key=str) == sorted(whole[name], key=str) for name in SECTIONS)


def test_a_part_is_of_a_customer_or_domain(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    apply(side, **_whole(side))
    fink = state(side, customer="Fink")
    assert [one["aor"] for one in fink["subscribers"]] == [ANNA]
    assert [one["name"] for one in fink["customers"]] == ["Fink"]
    assert [one["e164"] for one in fink["numbers"]] == [side.free_number.e164]
    other = SubscriberFactory(domain__reseller=side.reseller, customer=side.customer)
    there = state(side, domain=other.domain.name, sections="customers,subscribers")
    assert (set(there), [one["aor"] for one in there["subscribers"]]) == (
        {"reseller", "customers", "subscribers"}, [other.aor],
    )  # fmt: skip
    assert [one["name"] for one in there["customers"]] == ["Customer"]
    nothing = state(side, domain=other.domain.name, customer="Fink", sections="subscribers,numbers")
    assert (nothing["subscribers"], nothing["numbers"]) == ([], [])


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"sections": "customers,nothing"}, {"sections": "unknown"}),
        ({"page_size": "0"}, {"page_size": "invalid"}),
        ({"page_size": "501"}, {"page_size": "invalid"}),
        ({"cursor": "nonsense"}, {"cursor": "invalid"}),
        ({"cursor": "WzEsMiwzXQ"}, {"cursor": "invalid"}),
        ({"cursor": "ü"}, {"cursor": "invalid"}),
        ({"customer": "Nobody"}, {"customer": "does_not_exist"}),
        ({"colour": "red"}, {"colour": "unknown_parameter"}),
    ],
)
def test_what_the_state_is_asked_wrongly(two_resellers: TwoResellers, asked: dict[str, str], wrong: Any) -> None:
    assert refused_fields(ask(two_resellers.a.reseller_token_text, "state/", **asked)) == wrong


def test_reading_costs_the_same_however_much_there_is(
    two_resellers: TwoResellers, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    side = two_resellers.a
    for n in range(20):
        SubscriberFactory(domain=side.domain, customer=side.customer, username=f"more{n}")
    whole = state(side)
    small = {**whole, "subscribers": whole["subscribers"][:1]}
    with django_assert_max_num_queries(27) as first:
        assert plan(side, **small) == {}
    with django_assert_num_queries(len(first)):
        assert plan(side, **whole) == {}
    with django_assert_max_num_queries(25):
        state(side)
