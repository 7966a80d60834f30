"""Numbers as CSV, which reads back as it was written; a part at a time, so that a million of them need no room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Prefetch

from numbering.models import NumberAssignment, PhoneNumber
from numbering.querysets import PhoneNumberQuerySet
from numbering.sheets import Row, lines

AT_ONCE: Final = 2_000
"""Numbers that are read together."""


def export(numbers: PhoneNumberQuerySet[Any]) -> Iterator[str]:
    """The lines of a CSV file with these numbers, in their order."""
    return lines(_rows(numbers))


def _rows(numbers: PhoneNumberQuerySet[Any]) -> Iterator[Row]:
    held = NumberAssignment.objects.current().select_related("subscriber__domain")
    wanted = numbers.order_by("e164").select_related("reseller").prefetch_related(None)
    wanted = wanted.prefetch_related(Prefetch("assignments", held, to_attr="held_by"))
    last = ""
    while found := list(wanted.filter(e164__gt=last)[:AT_ONCE]):
        yield from (_row(number) for number in found)
        last = found[-1].e164


def _row(number: PhoneNumber) -> Row:
    held = number.held_by  # type: ignore[attr-defined]  # of the prefetch
    subscriber = (held[0].subscriber.username, held[0].subscriber.domain.name) if held else None
    return Row(
        line=0,
        e164=number.e164,
        reseller=number.reseller.name,
        subscriber=subscriber,
        main=held[0].is_main if held else None,
        extension_digits=number.extension_digits,
        state=str(number.state_with(is_held=bool(held))),
        note=number.note,
    )
