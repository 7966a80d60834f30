"""What examples say names nothing that is not there."""

from typing import Any

from provider.api.openapi.example_values import MEMBERS, PARTS, PATCHES


def test_every_value_is_of_a_member_that_there_is(drawn: dict[str, Any]) -> None:
    schemas = drawn["components"]["schemas"]
    rows = {name: name.removeprefix("Patched").removesuffix("Request") for name in schemas}
    known = {f"{rows[name]}.{member}" for name, schema in schemas.items() for member in schema.get("properties", {})}
    assert {name for name in PARTS if name not in known | set(schemas)} == set()
    assert set(MEMBERS) <= {name.rpartition(".")[2] for name in known}
    assert set(PATCHES) <= set(schemas)
