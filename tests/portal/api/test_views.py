"""The call settings of subscribers by the API: who reads and sets what, merged, replaced, many at once."""

import json
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from accounts.actions import create_token
from accounts.choices import Scope
from provider.api.openapi.generator import document
from subscribers.grants_actions import Grants, change_grants, grants_of
from subscribers.settings_actions import WantedForwarding, Wishes, change_wishes, wishes_of
from tests.contracts.asking import row
from tests.factories.subscribers import CallerRuleFactory, ForwardingFactory, SubscriberFactory
from tests.factories.two_resellers import Side, TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send

pytestmark = pytest.mark.usefixtures("redis_url")

NO_FORWARDING = dict.fromkeys(["always", "busy", "no_answer", "not_registered", "parallel"])


def _path(side: Side) -> str:
    return f"call-settings/{side.alice.uid}/"


def _put(token: str, side: Side, document: Any, match: str = "*") -> HttpResponse:
    return send("PUT", token, _path(side), document, headers={"If-Match": match})


def _customer(side: Side) -> str:
    """A token of the customer that may write."""
    return create_token(side.customer_user, "writes", [Scope.READ, Scope.WRITE])[1]


def _settings_at_the_edge(side: Side) -> Any:
    return json.loads(row("edge_subscriber", id=side.alice.pk)["settings"])


def test_where_nothing_was_set_the_defaults_are_shown(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    found = ask(side.reseller_token_text, _path(side))
    assert found.json() == {
        "id": str(side.alice.uid), "aor": "alice@a.example.org", "username": "alice",
        "domain": str(side.domain.uid), "customer": str(side.customer.uid),
        "do_not_disturb": False, "hides_number": False, "rejects_anonymous": False, "only_allowed_callers": False,
        "forwardings": NO_FORWARDING, "caller_rules": [],
        "international": False, "premium": False, "satellite": False, "max_calls": None,
        "called_number_in": "contact", "location": "", "shown_numbers": [],
    }  # fmt: skip
    assert found.headers["ETag"].startswith('"')


def test_all_of_it_is_replaced_and_known_at_the_edge(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    answer = _put(
        side.reseller_token_text,
        side,
        {
            "do_not_disturb": True, "hides_number": True, "rejects_anonymous": True, "only_allowed_callers": True,
            "forwardings": {
                "busy": {"targets": ["+4311002", "bob", "Bob@B.example.org"], "seconds": 7},
                "always": {"targets": ["+493012345678"], "is_active": False},
            },
            "caller_rules": [
                {"pattern": "+4390*", "note": "costs"}, {"pattern": "Anna@example.org", "action": "allow"},
            ],
            "international": True, "premium": True, "satellite": True, "max_calls": 3,
            "called_number_in": "request_uri", "location": "https://location.example.org/1",
            "shown_numbers": [{"e164": "+49301", "note": "proved by letter"}],
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    forwarding = {
        "targets": ["+4311002", "sip:bob@a.example.org", "sip:bob@b.example.org"], "seconds": 7, "is_active": True,
    }  # fmt: skip
    body = answer.json()
    assert body["forwardings"]["busy"] == forwarding
    assert body["forwardings"]["always"] == {"targets": ["+493012345678"], "seconds": 20, "is_active": False}
    assert body["caller_rules"] == [
        {"pattern": "anna@example.org", "action": "allow", "note": ""},
        {"pattern": "+4390*", "action": "block", "note": "costs"},
    ]
    assert body["shown_numbers"] == [{"e164": "+49301", "note": "proved by letter"}]
    assert _settings_at_the_edge(side) == {
        "international": True, "premium": True, "satellite": True, "max_calls": 3, "do_not_disturb": True,
        "rejects_anonymous": True, "hides_number": True, "called_number_in": "request_uri",
        "location": "https://location.example.org/1", "shown_numbers": ["+49301"], "blocked_callers": ["+4390*"],
        "allowed_callers": ["anna@example.org"], "only_allowed_callers": True,
        "forwardings": [{"condition": "busy", "targets": forwarding["targets"], "seconds": 7}],
    }  # fmt: skip
    again = ask(side.reseller_token_text, _path(side))
    assert (again.json(), again.headers["ETag"]) == (body, answer.headers["ETag"])


def test_what_is_not_put_is_as_if_never_set(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    change_grants(side.alice, Grants(international=True, shown_numbers=(("+49301", ""),)))
    ForwardingFactory(subscriber=side.alice, condition="busy")
    CallerRuleFactory(subscriber=side.alice)
    assert _put(side.reseller_token_text, side, {}).status_code == 200
    assert (wishes_of(side.alice), grants_of(side.alice)) == (Wishes(), Grants())
    assert row("edge_subscriber", id=side.alice.pk)["settings"] is None


def test_what_was_read_can_be_put_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    # Written in the panel, where no host and no bar is asked about.
    ForwardingFactory(subscriber=side.alice, condition="always", targets=["sip:x@elsewhere.example", "+4930123456"])
    CallerRuleFactory(subscriber=side.alice, note="why")
    for token in (side.reseller_token_text, _customer(side), two_resellers.admin_token_text):
        read = ask(token, _path(side))
        back = _put(token, side, read.json(), match=read.headers["ETag"])
        assert (back.status_code, back.json(), back.headers["ETag"]) == (200, read.json(), read.headers["ETag"])
    assert side.alice.caller_rules.get().note == "why"


def test_a_change_is_merged_by_member(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    busy = WantedForwarding(("+4311002",), seconds=9)
    change_wishes(side.alice, Wishes(hides_number=True, forwardings=(("busy", busy), ("no_answer", busy))))
    sent = {"max_calls": 2, "forwardings": {"busy": {"is_active": False}, "no_answer": None}}
    answer = send("PATCH", token, _path(side), sent)
    assert answer.status_code == 200, answer.content
    assert answer.json()["forwardings"] == NO_FORWARDING | {
        "busy": {"targets": ["+4311002"], "seconds": 9, "is_active": False}
    }
    assert (answer.json()["hides_number"], answer.json()["max_calls"]) == (True, 2)
    assert send("PATCH", token, _path(side), {}).json() == answer.json()
    emptied = send(
        "PATCH", token, _path(side), {"hides_number": False, "max_calls": None, "forwardings": {"busy": None}}
    )
    assert emptied.status_code == 200
    assert row("edge_subscriber", id=side.alice.pk)["settings"] is None


def test_customers_set_their_wishes_and_nothing_else(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    token = _customer(side)
    change_grants(side.alice, Grants(premium=True, max_calls=4, shown_numbers=(("+49301", "secret"),)))
    CallerRuleFactory(subscriber=side.alice, pattern="+4390*", note="of the provider")
    shown = ask(token, _path(side)).json()
    assert (shown["premium"], shown["max_calls"], shown["shown_numbers"]) == (True, 4, [{"e164": "+49301"}])
    assert shown["caller_rules"] == [{"pattern": "+4390*", "action": "block"}]
    refused = send(
        "PATCH",
        token,
        _path(side),
        {"international": True, "premium": True, "max_calls": None, "location": "x:y", "shown_numbers": []},
    )
    assert refused_fields(refused) == dict.fromkeys(
        ["international", "max_calls", "location", "shown_numbers"], "role_not_allowed"
    )
    rule = {"caller_rules": [{"pattern": "+4390*", "note": "mine"}]}
    assert refused_fields(send("PATCH", token, _path(side), rule)) == {"caller_rules.0.note": "unknown"}
    answer = _put(token, side, {"do_not_disturb": True, "caller_rules": [{"pattern": "+4390*"}]})
    assert (answer.status_code, answer.json()["do_not_disturb"], answer.json()["max_calls"]) == (200, True, 4)
    assert grants_of(side.alice) == Grants(premium=True, max_calls=4, shown_numbers=(("+49301", "secret"),))
    assert side.alice.caller_rules.get().note == "of the provider"


def test_others_have_none(two_resellers: TwoResellers) -> None:
    side, other = two_resellers.a, two_resellers.b
    mine = SubscriberFactory(domain=side.domain)  # of another customer of the same reseller
    own = _customer(side)
    for token, path in (
        (other.reseller_token_text, _path(side)),
        (_customer(other), _path(side)),
        (own, f"call-settings/{mine.uid}/"),
    ):
        for method in ("GET", "PUT", "PATCH"):
            answer = send(method, token, path, None if method == "GET" else {}, headers={"If-Match": "*"})
            assert answer.status_code == 404
    reading_alone = send("PATCH", side.customer_token_text, _path(side), {})
    assert (reading_alone.status_code, reading_alone.json()["code"]) == (403, "insufficient_scope")


def test_replacing_wants_to_know_what(two_resellers: TwoResellers) -> None:
    side, token = two_resellers.a, two_resellers.a.reseller_token_text
    unsaid = send("PUT", token, _path(side), {})
    assert (unsaid.status_code, unsaid.json()["type"]) == (428, "/api/problems/#version-required")
    etag = ask(token, _path(side)).headers["ETag"]
    assert send("PATCH", token, _path(side), {"do_not_disturb": True}, headers={"If-Match": etag}).status_code == 200
    assert _put(token, side, {}, match=etag).status_code == 412
    assert send("PATCH", token, _path(side), {}, headers={"If-Match": etag}).status_code == 412
    for method in ("DELETE", "POST"):
        assert send(method, token, _path(side), {}, headers={"If-Match": "*"}).status_code == 405


def test_a_dry_run_says_what_would_hold(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    document = {"international": True, "forwardings": {"always": {"targets": ["+493012345678"]}}}
    tried = send("PATCH", side.reseller_token_text, _path(side), document, dry_run="1")
    assert (tried.status_code, tried.json()["result"]["international"]) == (200, True)
    assert (wishes_of(side.alice), grants_of(side.alice)) == (Wishes(), Grants())


def test_many_are_changed_at_once_and_none_made_or_removed(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    wanted = [
        {"operation": "update", "id": str(who.uid), "data": {"forwardings": {"busy": {"targets": ["+436641234567"]}}}}
        for who in (side.alice, side.bob)
    ]
    answer = send("POST", side.reseller_token_text, "call-settings/bulk/", {"rows": wanted})
    assert (answer.status_code, answer.json()["done"]) == (200, 2)
    assert wishes_of(side.bob).forwardings[0][1].targets == ("+436641234567",)
    other = [
        {"operation": "create", "data": {}},
        {"operation": "delete", "id": str(side.alice.uid), "if_match": "*"},
        {"operation": "update", "id": str(two_resellers.b.alice.uid), "data": {}},
    ]
    refused = send("POST", side.reseller_token_text, "call-settings/bulk/", {"rows": other}).json()
    assert [one["status"] for one in refused["rows"]] == [400, 400, 404]
    assert [refused["rows"][place]["problem"]["errors"][0]["field"] for place in (0, 1)] == ["operation", "operation"]
    side.alice.refresh_from_db()


def test_a_list_is_of_ones_own_and_costs_the_same_whatever_its_length(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    found = rows(side.reseller_token_text, "call-settings/", customer=side.customer.uid)
    assert [one["aor"] for one in found] == ["alice@a.example.org", "bob@a.example.org"]
    assert rows(side.reseller_token_text, "call-settings/", search="bo", fields="aor") == [{"aor": "bob@a.example.org"}]
    assert len(rows(two_resellers.admin_token_text, "call-settings/")) == 4
    with CaptureQueriesContext(
        connection,
    ) as few:
        rows(side.reseller_token_text, "call-settings/")
    for place in range(5):
        subscriber = SubscriberFactory(domain=side.domain, customer=side.customer)
        change_wishes(
            subscriber,
            Wishes(blocked=(f"+4390{place}",), forwardings=(("busy", WantedForwarding(("+4311002",))),)),
        )
    with CaptureQueriesContext(connection) as many:
        assert len(rows(side.reseller_token_text, "call-settings/")) == 7
    assert len(many) == len(few)


def test_a_merged_forwarding_needs_no_targets_and_a_replaced_one_does() -> None:
    told = document()
    schemas = told["components"]["schemas"]

    def needed(method: str) -> list[str]:
        body = told["paths"]["/api/v1/call-settings/{id}/"][method]["requestBody"]
        whole = _named(body["content"]["application/json"]["schema"])
        by_condition = _named(whole["properties"]["forwardings"])
        return _named(by_condition["properties"]["busy"]["oneOf"][0]).get("required", [])

    def _named(schema: dict[str, Any]) -> dict[str, Any]:
        return schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema

    assert (needed("patch"), needed("put")) == ([], ["targets"])


def test_a_forwarding_is_switched_off_without_saying_where_it_goes(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    ForwardingFactory(subscriber=side.alice, condition="busy", targets=["+4311002"])
    token = side.reseller_token_text
    off = send("PATCH", token, _path(side), {"forwardings": {"busy": {"is_active": False}}})
    assert off.json()["forwardings"]["busy"] | {"seconds": 0} == {
        "targets": ["+4311002"],
        "seconds": 0,
        "is_active": False,
    }
    assert refused_fields(_put(token, side, {"forwardings": {"busy": {"is_active": False}}})) == {
        "forwardings.busy.targets": "required"
    }
