"""National numbering plans as data: a TOML file for each, read when it is first asked for.

What a country's people dial that is no E.164 number (emergency calls, short and service numbers), and what its
numbers cost in kind (premium, freephone, mobile). The files name their sources and bring test vectors. Pure: no
Django, no database.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent

PLANS: Final = ("at", "ch", "de", "es", "fr", "gb", "it", "nl", "pl", "us")
"""The keys of the plans that there are: the country's ISO 3166 code in lower case; "us" is Canada's too."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A country's numbering plan.

    international_prefix, national_prefix, bare_digits: how its people dial, see formats.NumberFormat. keeps_zero:
    whether a number's first zero stays behind the country code. national_digits: how long its numbers are, the country
    code not counted. countries: ISO 3166 codes of all whose numbers are national calls in it. emergency: digits as
    dialled; service: the same, as patterns (numbering/short.py). emergency_after: "country_code", "national_prefix":
    behind which emergency numbers may stand, too. emergency_services: of the emergency numbers those of one service,
    by its name below "sos" (RFC 5031 §4.2). premium_service: patterns of the service numbers that cost as premium
    numbers do. premium, freephone, mobile: first digits of E.164 numbers, without
    the plus. areas: first digits of E.164 numbers and whose they are (ISO), where several countries share the country
    code. abroad: first digits of national numbers, and the other country code that they belong under. vectors, written,
    destinations: what was tried, see the files.
    """

    key: str
    name: str
    version: str
    sources: tuple[str, ...]
    country_code: str
    international_prefix: str
    national_prefix: str
    bare_digits: str
    keeps_zero: bool
    national_digits: tuple[int, ...]
    countries: tuple[str, ...]
    emergency: tuple[str, ...]
    emergency_after: tuple[str, ...] = ()
    emergency_services: Mapping[str, str] = field(default_factory=dict)
    service: tuple[str, ...] = ()
    premium_service: tuple[str, ...] = ()
    premium: tuple[str, ...] = ()
    freephone: tuple[str, ...] = ()
    mobile: tuple[str, ...] = ()
    areas: Mapping[str, str] = field(default_factory=dict)
    abroad: Mapping[str, str] = field(default_factory=dict)
    vectors: tuple[Mapping[str, str], ...] = ()
    written: tuple[Mapping[str, str], ...] = ()
    destinations: tuple[Mapping[str, str], ...] = ()


def plan(key: str) -> Plan | None:
    """The plan with this key, such as "at"; None where there is none."""
    return _read(key) if key in PLANS else None


def plan_of_code(country_code: str) -> Plan | None:
    """The plan of a country code, such as "43"; None where there is none."""
    return next((found for key in PLANS if (found := _read(key)).country_code == country_code), None)


@cache
def _read(key: str) -> Plan:
    data = tomllib.loads((_FOLDER / f"{key}.toml").read_text("utf-8"))
    areas = {start: iso for iso, starts in data.pop("areas", {}).items() for start in starts}
    lists: dict[str, Any] = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return Plan(key=key, areas=areas, **(data | lists))
