"""What a token may do, in words and as a grid of areas: for the pages on which tokens are made and listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Area, Role, Scope
from accounts.scopes import scope_in

EVERYTHING: Final = "all"
"""The grid's first line."""

NAMES: Final = {
    Area.ACCOUNTS: gettext_lazy("Accounts"),
    Area.SUBSCRIBERS: gettext_lazy("Subscribers"),
    Area.CREDENTIALS: gettext_lazy("Credentials"),
    Area.NUMBERS: gettext_lazy("Numbers"),
    Area.TRUNKS: gettext_lazy("Trunks"),
    Area.CALLS: gettext_lazy("Calls"),
    Area.EVENTS: gettext_lazy("Events"),
    Area.TOKENS: gettext_lazy("Tokens"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid. key: its part of the form field's name. held: "", read or write."""

    key: str
    name: Any
    about: Any
    held: str


def areas_for(role: str) -> list[Area]:
    """The areas of which people of this role see anything."""
    return [area for area in Area if area is not Area.TRUNKS or role != Role.CUSTOMER]


def grid(scopes: Collection[str], areas: Iterable[Area]) -> list[Line]:
    """A line for the whole, and one for each area."""
    whole = Line(EVERYTHING, _("Everything"), _("whatever there is, and whatever will be added"), _held(scopes, None))
    return [whole, *(Line(area.value, NAMES[area], area.label, _held(scopes, area)) for area in areas)]


def scopes_in_words(scopes: Collection[str]) -> list[str]:
    """A line for the whole, or one for each area of which a token may see anything."""
    verbs = {Scope.READ: _("read"), Scope.WRITE: _("read and write")}
    found = [(_("Everything"), _held(scopes, None)), *((str(NAMES[area]), _held(scopes, area)) for area in Area)]
    if found[0][1] == Scope.WRITE:
        found = found[:1]
    return [f"{name}: {verbs[Scope(held)]}" for name, held in found if held]


def _held(scopes: Collection[str], area: Area | None) -> str:
    for scope in (Scope.WRITE, Scope.READ):
        if (scope_in(area, scope) if area else scope.value) in scopes:
            return scope.value
    return ""
