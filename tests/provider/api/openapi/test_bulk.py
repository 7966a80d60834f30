"""What rows of a bulk request say depends on the collection."""

from typing import Any

from tests.provider.api.openapi.told import Told


def test_each_row_is_of_its_kind(drawn: dict[str, Any], operations: dict[str, Told]) -> None:
    schemas = drawn["components"]["schemas"]
    assert operations["bulk_write_credentials"].body == {"$ref": "#/components/schemas/CredentialBulkRequest"}
    rows = schemas["CredentialBulkRequest"]["properties"]["rows"]
    assert [one["$ref"].rpartition("/")[2] for one in rows["items"]["oneOf"]] == [
        "CredentialBulkCreate", "CredentialBulkUpdate", "CredentialBulkDelete",
    ]  # fmt: skip
    assert rows["maxItems"] == 1000
    assert schemas["CredentialBulkDelete"]["required"] == ["operation", "id", "if_match"]
    assert schemas["CredentialBulkCreate"]["properties"]["data"] == {"$ref": "#/components/schemas/CredentialRequest"}


def test_each_answer_shows_rows_of_the_collection(drawn: dict[str, Any], operations: dict[str, Told]) -> None:
    schemas = drawn["components"]["schemas"]
    for status in ("207", "422"):
        assert operations["bulk_write_customers"].schema(status) == {"$ref": "#/components/schemas/CustomerBulkAnswer"}
    shown = schemas["CredentialBulkRowAnswer"]["properties"]["result"]["anyOf"]
    assert [one.get("$ref", "").rpartition("/")[2] for one in shown] == ["NewCredential", "Credential", ""]
    assert "BulkAnswer" not in schemas
