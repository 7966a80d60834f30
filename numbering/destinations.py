"""What kind of destination a number is, as seen from a side: at home, abroad, premium, by satellite.

The longest known beginning of the number decides; it is found by a few look-ups in one dict. Nothing
unknown is taken for national. Pure: no Django, no database.
"""

from __future__ import annotations

from enum import Enum
from functools import cache, lru_cache
from typing import Final, NamedTuple

from numbering.formats import NumberFormat
from numbering.plans import PLANS, plan, plan_of_code
from numbering.plans.countries import Country, countries
from numbering.short import ShortNumbers


class Category(Enum):
    """What a call to a number is, which decides who may make it."""

    NATIONAL = "national"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    SATELLITE = "satellite"
    FREEPHONE = "freephone"


class Destination(NamedTuple):
    """Where a number leads. country: None where no country has its code; is_mobile: so far as its plan is known."""

    category: Category
    country: Country | None
    is_mobile: bool = False


class _Zone(NamedTuple):
    """What is known of numbers with one beginning, whoever calls."""

    country: Country
    kind: str


def classify(e164: str, home: NumberFormat) -> Destination:
    """What a call to `e164` (with its plus) is for a side that writes numbers so.

    Premium is premium in any country whose plan is known; national is what the side's plan, or else its country
    code, covers; where it has neither, everything is international.
    """
    find = _ZONES.get
    for end in _LENGTHS:
        zone = find(e164[1:end])
        if zone is not None:
            return _destination(zone, home.plan, home.country_code)
    return _UNKNOWN


def classify_service(digits: str, home: NumberFormat) -> Destination:
    """What a call to a service number, as dialled, is: premium where the side's plan says so, else national.

    National is also what a format adds to its plan's, or has without a plan: who wrote it there knows what it costs,
    and can bar it by a destination rule.
    """
    known = plan(home.plan)
    if known is None:
        return _SERVICE
    is_premium = _premium_service(known.key).is_service(digits)
    country = countries().in_plans.get(known.countries[0]) or countries().by_digits.get(known.country_code)
    return Destination(Category.PREMIUM if is_premium else Category.NATIONAL, country)


@cache
def _premium_service(plan_key: str) -> ShortNumbers:
    known = plan(plan_key)
    return ShortNumbers({}, known.premium_service if known else ())


_SERVICE: Final = Destination(Category.NATIONAL, None)
_UNKNOWN: Final = Destination(Category.INTERNATIONAL, None)


@lru_cache(maxsize=16384)
def _destination(zone: _Zone, plan_key: str, country_code: str) -> Destination:
    country, kind = zone
    is_mobile = kind == "mobile"
    if kind == "premium":
        return Destination(Category.PREMIUM, country)
    if kind == "satellite":
        return Destination(Category.SATELLITE, country)
    if kind == "freephone" and country.code in (country_code, "800"):
        return Destination(Category.FREEPHONE, country)
    if _is_home(country, kind, plan_key, country_code):
        return Destination(Category.NATIONAL, country, is_mobile)
    return Destination(Category.INTERNATIONAL, country, is_mobile)


def _is_home(country: Country, kind: str, plan_key: str, country_code: str) -> bool:
    known = plan(plan_key) or plan_of_code(country_code)
    if known is None:
        return country.code == country_code
    return country.iso in known.countries or (not country.iso and kind != "" and country.code == known.country_code)


def _all_zones() -> dict[str, _Zone]:
    """By first digits, without the plus."""
    known = countries()
    kinds = {code: kind for kind in ("satellite", "freephone", "premium") for code in getattr(known, kind)}
    zones = {digits: _Zone(country, kinds.get(digits, "")) for digits, country in known.by_digits.items()}
    for found in filter(None, map(plan, PLANS)):
        for digits, iso in found.areas.items():
            zones[digits] = _Zone(known.in_plans[iso], "")
        for kind in ("mobile", "freephone", "premium"):
            for digits in getattr(found, kind):
                zones[digits] = _Zone(_country(zones, digits), kind)
    return zones


def _country(zones: dict[str, _Zone], digits: str) -> Country:
    return next(zones[digits[:length]].country for length in range(len(digits), 0, -1) if digits[:length] in zones)


_ZONES: Final = _all_zones()
_LENGTHS: Final = range(max(map(len, _ZONES)) + 1, 1, -1)
"""Where a beginning that is known may end, the plus counted; the longest first."""
