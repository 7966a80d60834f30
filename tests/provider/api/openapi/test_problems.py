"""Each operation tells of the problems that it can end in, and of no others."""

from typing import Any

from provider.api.openapi.problems import KINDS
from provider.api.problem_types import PROBLEM_TYPES, problem_type
from tests.provider.api.openapi.told import Told

NEVER_TOLD = {405, 406, 500}  # of no operation, of no use, and of our faults


def test_each_kind_is_told_somewhere(operations: dict[str, Told]) -> None:
    told = {int(status) for one in operations.values() for status in one.answers if status >= "400"}
    assert told == {kind.status for kind in PROBLEM_TYPES} - NEVER_TOLD


def test_every_problem_is_a_problem_document_with_examples(operations: dict[str, Told]) -> None:
    for one in operations.values():
        for status, answer in one.answers.items():
            if status < "400":
                continue
            told = answer["content"]["application/problem+json"]
            assert told["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert problem_type(int(status)).address in answer["description"]
            for example in told["examples"].values():
                assert example["value"]["status"] == int(status)
                assert example["value"]["type"] == problem_type(int(status)).address


def test_an_operation_tells_of_what_it_can_end_in(operations: dict[str, Told]) -> None:
    assert _problems(operations["list_customers"]) == {400, 401, 403, 429, 503}
    assert _problems(operations["get_customer"]) == {400, 401, 403, 404, 429, 503}
    assert _problems(operations["create_customer"]) == {400, 401, 403, 409, 413, 415, 422, 429, 503}
    assert _problems(operations["update_customer"]) == {400, 401, 403, 404, 409, 412, 413, 415, 429, 503}
    assert _problems(operations["delete_customer"]) == {400, 401, 403, 404, 409, 412, 428, 429, 503}
    assert _problems(operations["delete_registration"]) == {400, 401, 403, 404, 409, 412, 429, 503}


def test_a_bulk_request_that_was_refused_is_told_beside_the_key_that_was_used(operations: dict[str, Told]) -> None:
    assert set(operations["bulk_write_customers"].answers["422"]["content"]) == {
        "application/json",
        "application/problem+json",
    }


def test_who_may_not_write_is_told_so(operations: dict[str, Told]) -> None:
    assert "role_not_allowed" in _codes(operations["create_customer"], "403")
    assert "role_not_allowed" not in _codes(operations["list_customers"], "403")


def test_kinds_are_told_once(drawn: dict[str, Any]) -> None:
    assert set(drawn["components"]["responses"]) == set(KINDS)


def _problems(one: Told) -> set[int]:
    return {int(status) for status in one.answers if status >= "400"}


def _codes(one: Told, status: str) -> set[str]:
    return set(one.answers[status]["content"]["application/problem+json"]["examples"])
