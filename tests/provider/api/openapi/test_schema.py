"""An operation says how it is called and which token it takes."""

from typing import Any

from accounts.scopes import ALL_SCOPES, allows
from tests.provider.api.openapi.told import Told


def test_operations_have_names_of_their_own(drawn: dict[str, Any], operations: dict[str, Told]) -> None:
    assert len(operations) == sum(map(len, drawn["paths"].values()))
    assert all(name.isidentifier() and name == name.lower() for name in operations)
    assert {"list_customers", "create_subscriber", "rotate_credential", "get_call", "explain"} <= set(operations)


def test_operations_are_told_to_strangers(operations: dict[str, Told]) -> None:
    summaries = [one.words["summary"] for one in operations.values()]
    assert len(set(summaries)) == len(summaries)
    for one in operations.values():
        assert len(one.words["description"]) > 40, one.words["operationId"]
        assert one.words["tags"] == [one.path.split("/")[3]]


def test_each_names_the_scopes_of_which_one_is_enough(operations: dict[str, Told]) -> None:
    assert operations["update_customer"].words["security"] == [{"token": ["accounts:write"]}, {"token": ["write"]}]
    assert [next(iter(one.values())) for one in operations["list_calls"].words["security"]] == [
        ["calls:read"],
        ["calls:write"],
        ["read"],
        ["write"],
    ]


def test_the_scopes_that_are_named_are_those_that_are_asked_for(drawn: dict[str, Any]) -> None:
    assert allows(["accounts:write"], ["accounts"], is_write=True)  # type: ignore[list-item]
    for methods in drawn["paths"].values():
        for told in methods.values():
            named = [scope for one in told["security"] for scope in one["token"]]
            assert set(named) <= set(ALL_SCOPES)


def test_whole_answers_have_all_members(drawn: dict[str, Any]) -> None:
    schemas = drawn["components"]["schemas"]
    for name in ("Customer", "Subscriber", "DestinationRule", "Number"):
        assert schemas[name]["required"] == sorted(schemas[name]["properties"])
    for_admins = {"gateway_in", "gateway_out", "edge"}  # resellers get calls without them
    assert set(schemas["Call"]["properties"]) - set(schemas["Call"]["required"]) == for_admins
    assert "password" not in schemas["NewCredential"]["required"]


def test_requests_have_no_other_members(drawn: dict[str, Any]) -> None:
    assert drawn["components"]["schemas"]["CustomerRequest"]["additionalProperties"] is False
    assert drawn["components"]["schemas"]["PatchedCustomerRequest"]["additionalProperties"] is False


def test_what_may_be_empty_or_null_is_told_so(drawn: dict[str, Any]) -> None:
    schemas = drawn["components"]["schemas"]
    assert {"$ref": "#/components/schemas/BlankEnum"} in schemas["Call"]["properties"]["ended_by"]["oneOf"]
    assert schemas["Event"]["properties"]["subscriber"]["type"] == ["string", "null"]
    assert schemas["CustomerShaped"]["properties"]["reseller"]["anyOf"][1] == {
        "$ref": "#/components/schemas/ResellerInBrief"
    }
