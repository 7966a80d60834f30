"""What a trial of a write answers stands in the document."""

from typing import Any

from tests.provider.api.openapi.told import Told


def test_a_trial_says_what_would_have_been(drawn: dict[str, Any], operations: dict[str, Told]) -> None:
    assert operations["create_customer"].schema("200") == {"$ref": "#/components/schemas/CustomerDryRun"}
    trial = drawn["components"]["schemas"]["CustomerDryRun"]["properties"]
    assert trial["dry_run"]["const"] is True
    assert trial["status"]["enum"] == [200, 201]
    assert trial["result"] == {"$ref": "#/components/schemas/Customer"}


def test_every_write_that_can_be_tried_tells_of_it(operations: dict[str, Told]) -> None:
    for one in operations.values():
        tells = "DryRun" in str(one.answers.get("200", {}))
        assert tells == ("dry_run" in one.parameters), one.path


def test_deleting_has_nothing_to_show(drawn: dict[str, Any], operations: dict[str, Told]) -> None:
    assert operations["delete_customer"].schema("200") == {"$ref": "#/components/schemas/DryRun"}
    assert drawn["components"]["schemas"]["DryRun"]["properties"]["result"]["type"] == "null"
