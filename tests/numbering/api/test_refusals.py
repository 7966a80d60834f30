"""What stands in the way is a conflict, with the action's code."""

import pytest
from django.core.exceptions import ValidationError

from numbering.api.refusals import as_conflict
from provider.api.problems import Conflict


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (ValidationError({"block": ValidationError("Somebody has it.", "given")}), "given"),
        (ValidationError("It has ended.", "ended"), "ended"),
        (ValidationError({"block": "Somebody has it."}), "conflict"),
    ],
)
def test_an_actions_refusal_is_a_conflict(refused: ValidationError, code: str) -> None:
    with pytest.raises(Conflict) as told, as_conflict():
        raise refused
    assert (told.value.detail.code, str(told.value.detail)) == (code, " ".join(refused.messages))


def test_of_other_fields_it_stays_what_it_is() -> None:
    with pytest.raises(ValidationError), as_conflict("block"):
        raise ValidationError({"first": "It is none of the block's."})
    with pytest.raises(Conflict), as_conflict("block"):
        raise ValidationError({"block": "Somebody has it."})
