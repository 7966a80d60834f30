"""What the rooms ask about an operation."""

from types import SimpleNamespace

from provider.api.openapi.operations import Operation, name_in, ref

TOLD = {"parameters": [{"name": "id"}], "responses": {"200": {"content": {"application/json": {"schema": ref("A")}}}}}


def test_an_operation_knows_its_place() -> None:
    view = SimpleNamespace(action="rotate", writing={"rotate"})
    operation = Operation("POST", "/api/v1/credentials/{id}/rotate/", view, TOLD)
    assert (operation.is_of_a_row, operation.writes, operation.takes("id"), operation.takes("dry_run")) == (
        True, True, True, False,
    )  # fmt: skip
    assert name_in(operation.answer_schema("200")) == "A"
    assert operation.answer_schema("201") is None


def test_an_answer_is_added_or_changed() -> None:
    operation = Operation("GET", "/", SimpleNamespace(), {"responses": {"200": {"description": "kept"}}})
    operation.answer_with("200", ref("B"))
    operation.answer_with("201", ref("C"), "new")
    assert [one["description"] for one in operation.responses.values()] == ["kept", "new"]
    assert not operation.writes
