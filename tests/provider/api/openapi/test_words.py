"""How operations are called."""

import pytest

from provider.api.openapi.words import NAMES, operation_id, singular, summary
from tests.provider.api.openapi.told import Told


@pytest.mark.parametrize(
    ("method", "address", "action", "name"),
    [
        ("GET", "customers", "list", "list_customers"),
        ("POST", "number-blocks", "create", "create_number_block"),
        ("GET", "numbers/{id}", "retrieve", "get_number"),
        ("PATCH", "numbers/{id}", "partial_update", "update_number"),
        ("PUT", "numbers/{id}", "update", "replace_number"),
        ("DELETE", "numbers/{id}", "destroy", "delete_number"),
        ("POST", "numbers/bulk", "bulk", "bulk_write_numbers"),
        ("POST", "credentials/{id}/rotate", "rotate", "rotate_credential"),
        ("POST", "users/{id}/set-password", "set_password", "set_user_password"),
        ("POST", "numbers/import", "import_csv", "import_numbers"),
        ("GET", "calls/statistics", "statistics", "get_call_statistics"),
        ("GET", "subscribers/{id}/call-settings", "call_settings", "get_subscriber_call_settings"),
        ("PATCH", "subscribers/{id}/call-settings", "change", "update_subscriber_call_settings"),
        ("GET", "calls/export", "export", "export_calls"),
        ("GET", "me", None, "get_me"),
        ("POST", "apply", None, "create_apply"),
    ],
)
def test_the_name_comes_from_the_address(method: str, address: str, action: str | None, name: str) -> None:
    assert operation_id(method, address.split("/"), action) == name


def test_names_that_are_said_are_of_operations_that_there_are(operations: dict[str, Told]) -> None:
    assert set(NAMES.values()) <= set(operations)


def test_words_have_singulars() -> None:
    many = ("customers", "deliveries", "domain-aliases", "call-settings", "number-blocks")
    assert [singular(name) for name in many] == [
        "customer", "delivery", "domain_alias", "call_settings", "number_block",
    ]  # fmt: skip


def test_summaries_read_well() -> None:
    assert summary("POST", ["events"], "create") == "Create an event"
    assert summary("POST", ["credentials", "{id}", "rotate"], "rotate") == "Rotate a credential"
    assert summary("POST", ["number-blocks", "bulk"], "bulk") == "Write many number blocks at once"


def test_a_description_says_what_it_is_about_and_who_may(operations: dict[str, Told]) -> None:
    told = operations["create_customer"].words["description"]
    assert "people and organisations" in told
    assert "For administrators and resellers" in told
    assert "shown this once" in operations["rotate_credential"].words["description"]
