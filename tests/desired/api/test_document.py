"""A document is read as a whole: everything that is wrong with its form is told at once."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from desired.api.document import read_document
from desired.document import MAX_OBJECTS


def _wrong(data: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        read_document(data)
    detail: Any = refused.value.detail
    return {path: errors[0].code for path, errors in detail.items()}


def test_what_is_sent_is_read() -> None:
    document, reseller = read_document(
        {
            "reseller": "R",
            "subscribers": [{"aor": "Alice@Example.org", "is_active": False}],
            "credentials": [{"subscriber": "a@b.example", "slot": 2, "password": "p" * 9}],
            "numbers": [{"e164": "+4311001", "subscriber": None}],
            "customers": [{"name": "A", "state": "absent"}],
        }
    )
    assert reseller == "R"
    assert [(one.kind, one.key, one.path, dict(one.members), one.is_absent) for one in document.wanted] == [
        ("customer", "A", "/customers/0", {}, True),
        ("subscriber", "alice@example.org", "/subscribers/0", {"is_active": False}, False),
        ("credential", "a@b.example#2", "/credentials/0", {}, False),
        ("number", "+4311001", "/numbers/0", {"subscriber": None}, False),
    ]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert _wrong(
        {
            "customers": [{"name": "A"}, {"max_calls": 1}, {"name": "C", "max_calls": "many"}, 7],
            "numbers": [{"e164": "1"}, {"e164": "+4311001", "extension_digits": -1}],
            "prune": ["customers", "everything"],
            "gateways": [],
        }
    ) == {"/gateways": "unknown"}  # what is not known at all comes first
    assert _wrong(
        {
            "customers": [{"name": "A"}, {"max_calls": 1}, {"name": "C", "max_calls": "many"}, 7],
            "numbers": [{"e164": "1"}, {"e164": "+4311001", "extension_digits": -1}],
            "prune": ["customers", "everything"],
        }
    ) == {
        "/customers/1/name": "required",
        "/customers/2/max_calls": "type",
        "/customers/3": "invalid",
        "/numbers/0/e164": "invalid",
        "/numbers/1/extension_digits": "min_value",
        "/prune/1": "invalid_choice",
    }


def test_nothing_stands_twice() -> None:
    twice = {
        "subscribers": [{"aor": "alice@a.example"}, {"aor": "ALICE@a.example", "state": "absent"}],
        "credentials": [{"subscriber": "a@b.example", "slot": n} for n in (1, 2, 1)],
    }
    assert _wrong(twice) == {"/subscribers/1": "repeated", "/credentials/2": "repeated"}


def test_there_is_a_most() -> None:
    many = [{"name": str(n)} for n in range(MAX_OBJECTS + 1)]
    assert _wrong({"customers": many}) == {"": "too_many"}
    assert len(read_document({"customers": many[1:]})[0].wanted) == MAX_OBJECTS


@pytest.mark.parametrize("data", [[], "text", 7, None])
def test_what_is_no_document_is_refused(data: Any) -> None:
    assert set(_wrong(data)) == {""}
