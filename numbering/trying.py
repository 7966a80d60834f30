"""A number format is tried: what is dialled, and what the platform makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from numbering.destinations import Category, Destination, classify, classify_service
from numbering.formats import NumberFormat, NumberKind, Reading, from_e164, from_service, to_e164
from numbering.plans import plan
from numbering.rules import in_words

MAX_LINES: Final = 50
LONGEST: Final = 64  # characters of what is dialled; the edge asks for no longer key either

KINDS: Final = {
    NumberKind.NUMBER: _("number"),
    NumberKind.SERVICE: _("service number"),
    NumberKind.EMERGENCY: _("emergency call"),
    NumberKind.UNKNOWN: _("not understood"),
}
CATEGORIES: Final = {
    Category.NATIONAL: _("national"),
    Category.INTERNATIONAL: _("international"),
    Category.PREMIUM: _("premium"),
    Category.SATELLITE: _("satellite"),
    Category.FREEPHONE: _("freephone"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One line of the page: what was dialled, how it was read, where it leads, and how this side is sent it."""

    dialled: str
    reading: Reading
    destination: Destination | None
    sent: str

    @property
    def kind(self) -> Any:
        """In words."""
        return KINDS[self.reading.kind]

    @property
    def rule(self) -> str:
        """By which it was read, or why not."""
        return in_words(self.reading.rule)

    @property
    def category(self) -> Any:
        """In words; nothing where it is no number."""
        return CATEGORIES[self.destination.category] if self.destination else ""


def examples(key: str) -> list[str]:
    """What a plan was tried with; nothing without a plan."""
    known = plan(key)
    return [vector["dialled"] for vector in known.vectors] if known else []


def tried(dialled: str, number_format: NumberFormat) -> Tried:
    """One line of the page."""
    reading = to_e164(dialled, number_format)
    if reading.e164 is not None:
        destination = classify(reading.e164, number_format)
        return Tried(dialled, reading, destination, from_e164(reading.e164, number_format))
    if reading.kind is NumberKind.UNKNOWN:
        return Tried(dialled, reading, None, "")
    cost = classify_service(reading.digits, number_format)
    is_dear = reading.kind is NumberKind.SERVICE and cost.category is Category.PREMIUM
    return Tried(dialled, reading, cost if is_dear else None, from_service(reading.digits, number_format))
