"""Numbers as CSV, which reads back as it was written; a part at a time, so that a million of them need no room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from numbering.choices import state_of
from numbering.models import NumberAssignment
from numbering.querysets import PhoneNumberQuerySet
from numbering.sheets import Row, lines

AT_ONCE: Final = 2_000
"""Numbers that are read together."""

_COLUMNS: Final = ("pk", "e164", "reseller__name", "extension_digits", "holding", "note")
_OF_HOLDER: Final = ("subscriber__username", "subscriber__domain__name", "is_main")


def export(numbers: PhoneNumberQuerySet[Any]) -> Iterator[str]:
    """The lines of a CSV file with these numbers, in their order."""
    return lines(_rows(numbers))


def _rows(numbers: PhoneNumberQuerySet[Any]) -> Iterator[Row]:
    """As values: rows of models, and of whoever has them, would take ten times as long."""
    wanted = numbers.order_by("e164").select_related(None).prefetch_related(None).values_list(*_COLUMNS)
    last = ""
    while found := list(wanted.filter(e164__gt=last)[:AT_ONCE]):
        holders = _holders([key for key, *_ in found])
        yield from (_row(columns, holders.get(key)) for key, *columns in found)
        last = found[-1][1]


def _holders(keys: list[int]) -> dict[int, tuple[str, str, bool]]:
    """User name and domain of who has each number now, and whether it is the main one; by the number's key."""
    held = NumberAssignment.objects.current().filter(number__in=keys)
    return {key: holder for key, *holder in held.values_list("number_id", *_OF_HOLDER)}  # type: ignore[misc]


def _row(columns: list[Any], holder: tuple[str, str, bool] | None) -> Row:
    e164, reseller, extension_digits, holding, note = columns
    return Row(
        line=0,
        e164=e164,
        reseller=reseller,
        subscriber=(holder[0], holder[1]) if holder else None,
        main=holder[2] if holder else None,
        extension_digits=extension_digits,
        state=state_of(holding, is_held=holder is not None).value,
        note=note,
    )
