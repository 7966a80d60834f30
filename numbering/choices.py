"""The closed lists of the app numbering; the values are those of numbering/formats.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class BareDigitsChoice(models.TextChoices):
    """How digits without any prefix are read."""

    E164 = "e164", _("E.164 without the plus")
    NATIONAL = "national", _("a national number without its prefix")
    LOCAL = "local", _("a number in the same area")
    REFUSE = "refuse", _("not at all")


class SendsAsChoice(models.TextChoices):
    """How numbers are written to the other side."""

    PLUS = "plus", _("+43 1 1001: E.164 with the plus")
    E164 = "e164", _("43 1 1001: E.164 without the plus")
    INTERNATIONAL = "international", _("00 43 1 1001: with the international prefix")
    NATIONAL = "national", _("0 1 1001: national where it can be, else international")


class PlanChoice(models.TextChoices):
    """The national plans that there are (numbering/plans)."""

    AT = "at", _("Austria")
    CH = "ch", _("Switzerland")
    DE = "de", _("Germany")
    ES = "es", _("Spain")
    FR = "fr", _("France")
    GB = "gb", _("United Kingdom")
    IT = "it", _("Italy")
    NL = "nl", _("Netherlands")
    PL = "pl", _("Poland")
    US = "us", _("United States and Canada")


class Holding(models.TextChoices):
    """What is known of a number without a look at the clock. DATED: an assignment of it begins or ends some day."""

    FREE = "free"
    HELD = "held"
    DATED = "dated"
    QUARANTINED = "quarantined"
    PORTED_OUT = "ported_out"

    @classmethod
    def perhaps_free(cls) -> list[Holding]:
        """Those that a number may have which nobody has, and which can be given."""
        return [cls.FREE, cls.DATED]

    @classmethod
    def perhaps_held(cls) -> list[Holding]:
        """Those that a number may have which somebody has."""
        return [cls.HELD, cls.DATED]

    @classmethod
    def away(cls) -> list[Holding]:
        """Those of numbers that nobody has, and which cannot be given now."""
        return [cls.QUARANTINED, cls.PORTED_OUT]


class NumberState(models.TextChoices):
    """What a number is at the moment, as people and programs see it."""

    FREE = "free", _("free")
    ASSIGNED = "assigned", _("assigned")
    QUARANTINED = "quarantined", _("in quarantine")
    PORTED_OUT = "ported_out", _("ported out")


def state_of(holding: str, *, is_held: bool) -> NumberState:
    """What a number is, where it is known whether somebody has it now."""
    if is_held:
        return NumberState.ASSIGNED
    return NumberState(holding) if holding in Holding.away() else NumberState.FREE


class Usage(NamedTuple):
    """How full a block is. taken: of its numbers so many are in the inventory. assigned: somebody has them, or will.
    free: nobody has them, and they may be given at once, or after they were taken."""

    taken: int
    assigned: int
    quarantined: int
    ported_out: int
    free: int


def usage(size: int, counts: Mapping[Holding, int]) -> Usage:
    """How full a block of `size` numbers is; counts: of those that were taken, by what is known of them."""
    found = {holding: counts.get(holding, 0) for holding in Holding}
    assigned = found[Holding.HELD] + found[Holding.DATED]
    away = found[Holding.QUARANTINED], found[Holding.PORTED_OUT]
    return Usage(sum(found.values()), assigned, *away, size - assigned - sum(away))


class Time(models.TextChoices):
    """When an assignment holds, as seen from now."""

    CURRENT = "current", "holds now"
    PAST = "past", "has ended"
    FUTURE = "future", "will begin"


class ImportVerb(models.TextChoices):
    """What a line of a file does to a number, in the order in which it is done."""

    CREATE = "create", _("new")
    EXTENSIONS = "extensions", _("extension digits are changed")
    NOTE = "note", _("note is changed")
    PORT_IN = "port_in", _("comes back from the other provider")
    END_QUARANTINE = "end_quarantine", _("quarantine ends")
    RELEASE = "release", _("is released")
    ASSIGN = "assign", _("is assigned")
    MAIN = "main", _("becomes the main number")
    PORT_OUT = "port_out", _("is ported out")
