"""Ready-made destination rules: satellite, premium, whole countries, from what numbering knows of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from numbering.plans import PLANS, plan
from numbering.plans.countries import countries

SATELLITE, PREMIUM = "satellite", "premium"

SETS: Mapping[str, Any] = {
    SATELLITE: _("satellite and other networks of no country"),
    PREMIUM: _("premium numbers, of all plans known and international"),
}


class NewRule(NamedTuple):
    """A rule to be written. is_allowed: None where it is to stay as the owner has it, within a wider new rule."""

    prefix: str
    is_allowed: bool | None
    reason: str


def country_choices() -> list[tuple[str, str]]:
    """Return ISO code and name of every country whose numbers are known, by name."""
    names = {country.iso: country.name for country in _known().values()}
    return sorted(names.items(), key=lambda item: item[1])


def rules_of_set(key: str, *, is_allowed: bool) -> list[NewRule]:
    """Return the rules of a set. Raises KeyError when there is none of this name."""
    reason, prefixes = str(SETS[key]), countries().satellite
    if key == PREMIUM:
        national = (prefix for name in PLANS if (found := plan(name)) is not None for prefix in found.premium)
        prefixes = countries().premium | frozenset(national)
    return [NewRule(prefix, is_allowed, reason) for prefix in sorted(prefixes)]


def rules_of_countries(chosen: Collection[str], *, is_allowed: bool) -> list[NewRule]:
    """Return the rules of whole countries (ISO codes).

    +7 is Russia's and +77 Kazakhstan's: who chooses Russia alone gets a rule for 7, and one for 77 that leaves it as it
    is. A prefix within one that says the same already has none.
    """
    known = _known()
    rules: dict[str, NewRule] = {}
    for digits in sorted(known, key=len):
        is_chosen = known[digits].iso in chosen
        around = next((rules[start] for start in beginnings_of(digits) if start in rules), None)
        if is_chosen != (around is not None and around.is_allowed is not None):
            rules[digits] = NewRule(digits, is_allowed if is_chosen else None, known[digits].name)
    return list(rules.values())


def beginnings_of(digits: str) -> Iterator[str]:
    """What a prefix is within: all shorter ones, the longest first."""
    return (digits[:length] for length in range(len(digits) - 1, -1, -1))


@cache
def _known() -> dict[str, Any]:
    """First digits and the country that they are of, where it is one country's."""
    every = countries()
    found = {digits: country for digits, country in every.by_digits.items() if country.iso}
    for key in PLANS:
        if (national := plan(key)) is not None:
            found |= {digits: every.in_plans[iso] for digits, iso in national.areas.items() if iso in every.in_plans}
    return found
