"""Each member is described, with its format."""

from typing import Any


def test_each_member_is_described(drawn: dict[str, Any]) -> None:
    """Where this fails: give the member a help_text, or its name a sentence in provider/api/openapi/members.py."""
    bare = {
        f"{name}.{member}"
        for name, schema in drawn["components"]["schemas"].items()
        for member, told in schema.get("properties", {}).items()
        if "description" not in told and "$ref" not in told
    }
    assert sorted(bare) == []


def test_members_have_formats(drawn: dict[str, Any]) -> None:
    number = drawn["components"]["schemas"]["Number"]["properties"]
    assert number["e164"]["pattern"] == r"^\+[1-9][0-9]{1,14}$"
    assert number["ported_in_at"]["type"] == ["string", "null"]
    assert drawn["components"]["schemas"]["NumberPage"]["properties"]["next"]["type"] == ["string", "null"]


def test_nothing_is_written_as_before_3_1(drawn: dict[str, Any]) -> None:
    assert '"nullable"' not in str(drawn).replace("'", '"')


def test_every_id_in_an_address_and_every_answer_is_described(drawn: dict[str, Any]) -> None:
    for methods in drawn["paths"].values():
        for told in methods.values():
            assert all(one.get("description") for one in told.get("parameters", [])), told["operationId"]
            assert all("$ref" in one or one["description"] for one in told["responses"].values())
