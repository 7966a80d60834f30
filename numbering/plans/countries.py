"""Whose a country code is: the ITU's list of E.164 country codes, with names."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_FILE: Final = Path(__file__).with_name("countries.toml")


class Country(NamedTuple):
    """Who has a country code, or a part of one that several share.

    code: the country code without the plus; iso: ISO 3166 alpha-2, '' for networks of no country and for what
    several countries share; name: in English.
    """

    code: str
    iso: str
    name: str


class Countries(NamedTuple):
    """The whole list: first digits of E.164 numbers, without the plus, and whose they are."""

    version: str
    by_digits: dict[str, Country]
    in_plans: dict[str, Country]
    """By ISO code, countries whose digits are in a plan (Plan.areas)."""
    satellite: frozenset[str]
    """Codes of satellite and other networks of no country."""
    freephone: frozenset[str]
    premium: frozenset[str]


@cache
def countries() -> Countries:
    """What countries.toml says."""
    data = tomllib.loads(_FILE.read_text("utf-8"))
    by_digits = {}
    for code, (iso, name) in data["codes"].items():
        by_digits[code] = Country(code, iso, name)
    for code, parts in data["shared"].items():
        for digits, (iso, name) in parts.items():
            by_digits[code + digits] = Country(code, iso, name)
    networks = data["networks"]
    for code, (_, name) in networks.items():
        by_digits[code] = Country(code, "", name)
    kinds = {kind: frozenset(code for code, (known, _) in networks.items() if known == kind) for kind in _KINDS}
    in_plans = {iso: Country(code, iso, name) for iso, (code, name) in data["in_plans"].items()}
    return Countries(data["version"], by_digits, in_plans, kinds["satellite"], kinds["freephone"], kinds["premium"])


_KINDS: Final = ("satellite", "freephone", "premium")
