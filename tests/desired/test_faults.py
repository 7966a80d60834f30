"""What is wrong with a document is told with its place."""

import pytest
from django.core.exceptions import ValidationError as FieldRefused
from rest_framework.exceptions import ErrorDetail, ValidationError

from desired.faults import Faults, pointer


def _paths(faults: Faults) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        faults.raise_any()
    detail = refused.value.detail
    assert isinstance(detail, dict)
    return sorted(detail)


def test_nothing_wrong_raises_nothing() -> None:
    faults = Faults()
    faults.raise_any()
    assert not faults


def test_places_are_json_pointers() -> None:
    assert pointer("/customers/0", "a/b~c") == "/customers/0/a~1b~0c"


def test_nested_errors_are_told_one_by_one() -> None:
    faults = Faults()
    wrong = [ErrorDetail("Wrong.", "invalid")]
    faults.add_details("", {"subscribers": {1: {"aor": wrong}, 3: {"non_field_errors": wrong}}, "prune": {0: wrong}})
    faults.add_details("/numbers", [{}, {"e164": wrong}])
    assert _paths(faults) == ["/numbers/1/e164", "/prune/0", "/subscribers/1/aor", "/subscribers/3"]
    assert faults.is_at("/subscribers/1")
    assert not faults.is_at("/subscribers/10")


def test_what_models_refuse_is_told_by_the_names_of_the_document() -> None:
    faults = Faults()
    faults.add_refusal("/subscribers/0", FieldRefused({"username": "No."}), {"username": "aor"})
    faults.add_refusal("/credentials/0", FieldRefused({"md5": "No."}), {"md5": "ha1.md5"})
    faults.add_refusal("/numbers/0", FieldRefused("No."))
    assert _paths(faults) == ["/credentials/0/ha1/md5", "/numbers/0", "/subscribers/0/aor"]
