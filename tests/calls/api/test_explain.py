"""Explaining calls by the API: who may ask what, and what the answer leaves out."""

from typing import Any

import jsonschema
import pytest
from django.test import Client

from subscribers.models import CallSettings, Forwarding
from tests.factories.trunking import GatewayFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields

CALL = {"caller": "alice@a.example.org", "callee": "011002"}


@pytest.fixture
def pstn(two_resellers: TwoResellers) -> Any:
    gateway = GatewayFactory(name="PSTN", host="192.0.2.10")
    RouteFactory(gateway=gateway)
    return gateway


def test_the_administrator_sees_everything(two_resellers: TwoResellers, pstn: Any) -> None:
    CallSettings.objects.create(subscriber=two_resellers.a.bob)
    Forwarding.objects.create(subscriber=two_resellers.a.bob, condition="busy", targets=["+43720001"])
    body = ask(two_resellers.admin_token_text, "explain/", **CALL).json()
    assert (body["verdict"], body["whose"], body["callee_number"]) == ("phones", "bob@a.example.org", "+4311002")
    assert body["targets"][0][0]["from"] == "<sip:alice@a.example.org>"
    (busy,) = body["follows"]
    assert busy["conditions"] == ["busy"]
    assert busy["targets"][0][0]["name"] == "PSTN"
    body = ask(two_resellers.admin_token_text, "explain/", caller="0720", gateway="PSTN", callee="+4312001").json()
    assert (body["caller"], body["whose"]) == ("PSTN", "alice@b.example.org")


@pytest.mark.parametrize("who", ["reseller_token_text", "customer_token_text"])
def test_owners_see_their_own(two_resellers: TwoResellers, pstn: Any, who: str) -> None:
    token = getattr(two_resellers.a, who)
    assert ask(token, "explain/", **CALL).json()["verdict"] == "phones"
    out = ask(token, "explain/", caller=CALL["caller"], callee="0720555")
    assert out.json()["verdict"] == "gateways"
    assert b"PSTN" not in out.content
    assert b"192.0.2.10" not in out.content
    other = ask(token, "explain/", caller=CALL["caller"], callee="012001").json()
    assert (other["verdict"], other["whose"], other["targets"]) == ("elsewhere", "", [])


@pytest.mark.parametrize("who", ["reseller_token_text", "customer_token_text"])
def test_what_is_not_theirs_is_not_there(two_resellers: TwoResellers, pstn: Any, who: str) -> None:
    token = getattr(two_resellers.b, who)
    foreign, unknown = (
        ask(token, "explain/", caller=caller, callee="1") for caller in ("alice@a.example.org", "nobody@b.example.org")
    )
    assert refused_fields(foreign) == {"caller": "invalid"}
    assert foreign.content == unknown.content
    foreign, unknown = (ask(token, "explain/", callee=callee) for callee in ("+4311001", "+43720555"))
    assert refused_fields(foreign) == {"callee": "invalid"}
    assert foreign.content == unknown.content
    assert refused_fields(ask(token, "explain/", callee="+4312001", gateway="PSTN")) == {"gateway": "invalid"}


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        ({}, {"callee": "required"}),
        ({"callee": "1", "caler": "x"}, {"caler": "unknown_parameter"}),
        ({"callee": ["1", "2"]}, {"callee": "repeated_parameter"}),
        ({"callee": "a\0b"}, {"callee": "invalid"}),
        ({"callee": "1", "at": "soon"}, {"at": "invalid"}),
        ({"callee": "1", "method": "BYE"}, {"method": "invalid_choice"}),
        ({"callee": "9" * 300}, {"callee": "max_length"}),
    ],
)
def test_mistakes_are_named(two_resellers: TwoResellers, parameters: dict[str, Any], codes: dict[str, str]) -> None:
    assert refused_fields(ask(two_resellers.admin_token_text, "explain/", **parameters)) == codes


def test_explanations_are_as_the_document_says(two_resellers: TwoResellers, pstn: Any) -> None:
    """All of them, as deep as they go: what follows a failure is typed as what came before."""
    document = Client().get("/api/schema/").json()
    schema = {"$ref": "#/components/schemas/Explanation", "components": document["components"]}
    check = jsonschema.Draft202012Validator(schema)
    a = two_resellers.a
    for subscriber, condition, targets in (
        (a.bob, "busy", ["sip:alice@a.example.org", "+43720001"]),
        (a.alice, "no_answer", ["+43720002"]),
    ):
        CallSettings.objects.create(subscriber=subscriber)
        Forwarding.objects.create(subscriber=subscriber, condition=condition, targets=targets)
    deepest = 0
    for token in (two_resellers.admin_token_text, a.reseller_token_text, a.customer_token_text):
        for callee in ("011002", "0720555", "112", "999999", "012001"):
            body = ask(token, "explain/", caller=CALL["caller"], callee=callee).json()
            assert list(check.iter_errors(body)) == [], (callee, body)
            deepest = max(deepest, _depth(body))
    assert deepest >= 2
    wrong = body | {"follows": [body | {"conditions": ["busy"], "follows": [{"verdict": "lost"}]}]}
    assert not check.is_valid(wrong)


def _depth(stage: dict[str, Any]) -> int:
    return 1 + max((_depth(one) for one in stage["follows"]), default=0)


def test_a_time_and_all_options(two_resellers: TwoResellers) -> None:
    body = ask(
        two_resellers.admin_token_text, "explain/", **CALL,
        at="2026-12-24T18:00:00Z", is_anonymous="true", shows="+4311002", method="MESSAGE",
    ).json()  # fmt: skip
    assert (body["at"], body["method"]) == ("2026-12-24T18:00:00Z", "MESSAGE")
    assert "the caller is not shown" in [step["text"] for step in body["steps"]]


def test_a_token_is_needed_and_nothing_is_written(two_resellers: TwoResellers) -> None:
    assert Client().get("/api/v1/explain/", CALL).status_code == 401
    headers = {"Authorization": f"Bearer {two_resellers.admin_token_text}"}
    assert Client().post("/api/v1/explain/", CALL, headers=headers).status_code == 405
