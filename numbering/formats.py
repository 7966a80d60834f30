"""How a side writes phone numbers: what it dialled as E.164, and E.164 as it expects it.

Nothing is guessed. Digits that a format does not explain are left alone, and the reading says in words why; a
rule that "corrects" what it does not know breaks whole countries. Pure: no Django, no database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

from numbering.e164 import E164, MAX_DIGITS, MIN_DIGITS_BARE, is_e164
from numbering.plans import Plan, plan
from numbering.short import ShortNumbers

# RFC 3966 §5.1.1 visual separators, and the space that people type.
_WITHOUT_SEPARATORS = str.maketrans("", "", "-.() ")

_ASCII_DIGITS = frozenset("0123456789")


# 3GPP TS 22.101 §10.1.1: 112 and 911 are emergency calls for every mobile phone, wherever it is. So they are here,
# where neither a plan nor the format itself says which are.
EVERYWHERE: Final = ("112", "911")
_GENERAL: Final = "112"


class BareDigits(Enum):
    """How digits without any prefix are read."""

    E164 = "e164"
    NATIONAL = "national"
    LOCAL = "local"
    REFUSE = "refuse"


class SendsAs(Enum):
    """How numbers are written to the other side."""

    PLUS = "plus"
    E164 = "e164"
    INTERNATIONAL = "international"
    NATIONAL = "national"


class NumberKind(Enum):
    """What dialled digits are. SERVICE and EMERGENCY are sent on as they are."""

    NUMBER = "number"
    SERVICE = "service"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How one side writes numbers. All texts are digits without plus; an empty prefix means there is none.

    plan: the key of the country's numbering plan (numbering/plans), '' for none. extension_base, extension_digits: up
    to so many bare digits are an extension behind that number (E.164 without the plus). emergency_numbers (exact) and
    service_numbers (patterns, see numbering/short.py) count beside the plan's.
    """

    name: str
    country_code: str
    international_prefix: str = "00"
    national_prefix: str = "0"
    area_code: str = ""
    bare_digits: BareDigits = BareDigits.E164
    sends_as: SendsAs = SendsAs.PLUS
    plan: str = ""
    extension_base: str = ""
    extension_digits: int = 0
    emergency_numbers: tuple[str, ...] = ()
    service_numbers: tuple[str, ...] = ()
    _short: ShortNumbers = field(init=False, repr=False, compare=False)
    _longest_short: int = field(init=False, repr=False, compare=False)
    _international_rule: str = field(init=False, repr=False, compare=False)
    _national_rule: str = field(init=False, repr=False, compare=False)
    _abroad: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    _national_digits: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare what each reading asks for: it is done once for a format, and read for every call."""
        known = plan(self.plan)
        at_home = known if known is not None and known.country_code == self.country_code else None
        service = self.service_numbers + (known.service if known else ())
        short = ShortNumbers(dict(_emergency_calls(self, known)), service)
        for name, value in (
            ("_short", short),
            ("_longest_short", short.longest),
            ("_international_rule", f"international, after the prefix {self.international_prefix}"),
            ("_national_rule", f"national, after the prefix {self.national_prefix}"),
            ("_abroad", tuple(at_home.abroad.items()) if at_home else ()),
            ("_national_digits", at_home.national_digits if at_home else ()),
        ):
            object.__setattr__(self, name, value)


def _emergency_calls(number_format: NumberFormat, known: Plan | None) -> Iterator[tuple[str, str]]:
    """What may be dialled, and the emergency number that it is; `known` is the format's plan.

    Also as phones write it that make E.164 of everything, where the plan says that no number is meant by that.
    """
    behind = known.emergency_after if known else ()
    code = number_format.country_code if "country_code" in behind else ""
    for digits in number_format.emergency_numbers + (known.emergency if known else ()) or EVERYWHERE:
        yield digits, digits
        if code:
            yield f"+{code}{digits}", digits
        if code and number_format.international_prefix:
            yield f"{number_format.international_prefix}{code}{digits}", digits
        if code and number_format.bare_digits is BareDigits.E164:
            yield f"{code}{digits}", digits
        if "national_prefix" in behind and number_format.national_prefix:
            yield f"{number_format.national_prefix}{digits}", digits


def emergency_number(service: str, number_format: NumberFormat) -> str:
    """The number of an emergency service, as a phone of this format would dial it.

    service: "sos" or what lies below it, such as "sos.police" (RFC 5031 §4.2), in lower case. What the plan gives no
    number of its own has that of the name above it, last of all the general one: 112 where that is an emergency
    number, else the first of the format's own and its plan's.
    """
    known = plan(number_format.plan)
    general = number_format.emergency_numbers + (known.emergency if known else ()) or EVERYWHERE
    name = service.removeprefix("sos").strip(".")
    while known and name:
        if name in known.emergency_services:
            return known.emergency_services[name]
        name = name.rpartition(".")[0]
    return _GENERAL if _GENERAL in general else general[0]


ONLY_E164: Final = NumberFormat("E.164", "", "", "", "", BareDigits.REFUSE, SendsAs.PLUS)
"""How those write numbers for whom nobody has said it."""


class Reading(NamedTuple):
    """What was read: the E.164 number with its plus, or None, and in words by which rule, or why not.

    digits: what was dialled, without separators; for a service or emergency number what is sent on.
    """

    e164: str | None
    rule: str
    kind: NumberKind = NumberKind.UNKNOWN
    digits: str = ""


# A reading is made for every call: what is looked up for it, and a named tuple's own constructor, cost a third of it.
_NUMBER: Final = NumberKind.NUMBER
_new = tuple.__new__


def to_e164(dialled: str, number_format: NumberFormat) -> Reading:
    """Read what a side dialled, such as 004311001, by its format.

    Separators (- . ( ) and space) do not count. In this order: an emergency number, a service number, a number behind
    one of the prefixes, an extension, bare digits. The result's `e164` is None when the digits are no number, or the
    format does not say what they mean.
    """
    text, digits = dialled, dialled.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        text = dialled.translate(_WITHOUT_SEPARATORS)
        digits = text.removeprefix("+")
        if not digits or not _ASCII_DIGITS.issuperset(digits):
            return Reading(None, "not a phone number: it holds something else than digits", NumberKind.UNKNOWN, text)
    if len(text) <= number_format._longest_short:
        short = _short_number(text, number_format._short)
        if short is not None:
            return short
    if text != digits:
        return _checked(text, "E.164 with the plus", text)
    international, national = number_format.international_prefix, number_format.national_prefix
    if international and text.startswith(international):
        rest = text[len(international) :]
        return _checked("+" + rest, number_format._international_rule, text)
    if national and text.startswith(national):
        rest = text[len(national) :]
        return _national(rest, number_format, number_format._national_rule, text)
    if len(text) <= number_format.extension_digits and number_format.extension_base:
        base = number_format.extension_base
        return _checked(f"+{base}{text}", f"an extension behind {base}", text)
    return _bare(text, number_format)


def _short_number(text: str, known: ShortNumbers) -> Reading | None:
    emergency = known.emergency(text)
    if emergency is not None:
        return Reading(None, "an emergency number", NumberKind.EMERGENCY, emergency)
    if known.is_service(text):
        return Reading(None, "a service number, sent on as it is", NumberKind.SERVICE, text)
    return None


def from_e164(e164: str, number_format: NumberFormat) -> str:
    """Write a number as the side expects it, such as 011001 for +4311001 where it wants national numbers.

    A number of another country is written with the international prefix there; a side that has no such prefix
    gets the plus. Raises ValueError when `e164` is not E.164 with its plus.
    """
    if not is_e164(e164):
        raise ValueError(f"not an E.164 number: {e164!r}")
    digits = e164[1:]
    if number_format.sends_as is SendsAs.E164:
        return digits
    if number_format.sends_as is SendsAs.NATIONAL and _is_writable_national(digits, number_format):
        return number_format.national_prefix + digits[len(number_format.country_code) :]
    if number_format.sends_as is SendsAs.PLUS or not number_format.international_prefix:
        return e164
    return number_format.international_prefix + digits


def from_service(digits: str, number_format: NumberFormat) -> str:  # noqa: ARG001  as from_e164 is asked
    """Write a service or emergency number as the side expects it: as it stands."""
    return digits


def _is_writable_national(digits: str, number_format: NumberFormat) -> bool:
    """Tell whether the national form would be read back as the same number."""
    code, national = number_format.country_code, number_format.national_prefix
    if not digits.startswith(code) or len(digits) == len(code):
        return False
    written = national + digits[len(code) :]
    return to_e164(written, number_format).e164 == "+" + digits


def _bare(digits: str, number_format: NumberFormat) -> Reading:
    """Read digits that begin with no prefix of the format."""
    match number_format.bare_digits:
        case BareDigits.E164:
            if digits[0] == "0" or not MIN_DIGITS_BARE <= len(digits) <= MAX_DIGITS:
                plausible = f"{MIN_DIGITS_BARE} to {MAX_DIGITS} digits, the first not 0"
                return _unknown(f"digits without a prefix are E.164 here, but these are not {plausible}", digits)
            return _checked("+" + digits, "E.164 without the plus", digits)
        case BareDigits.NATIONAL:
            return _national(digits, number_format, "national, without a prefix", digits)
        case BareDigits.LOCAL:
            return _local(digits, number_format)
        case BareDigits.REFUSE:
            return _unknown("digits without a prefix mean nothing here", digits)


def _local(digits: str, number_format: NumberFormat) -> Reading:
    if not number_format.area_code:
        return _unknown("a number in the same area, but the format has no area code", digits)
    area = number_format.area_code
    return _national(area + digits, number_format, f"local, in the area {area}", digits)


def _national(national: str, number_format: NumberFormat, rule: str, dialled: str) -> Reading:
    """Read a national significant number, or refuse one that is empty or has a length that no number has."""
    if not national:
        return _unknown("nothing behind the national prefix", dialled)
    lengths = number_format._national_digits
    if lengths and len(national) not in lengths:
        return _unknown(f"{rule}, but no national number has {len(national)} digits", dialled)
    for start, code in number_format._abroad:
        if national.startswith(start):
            return _checked(f"+{code}{national}", f"{rule}; {start}… belongs to +{code}", dialled)
    return _checked(f"+{number_format.country_code}{national}", rule, dialled)


def _checked(e164: str, rule: str, dialled: str) -> Reading:
    if E164(e164) is not None:
        return _new(Reading, (e164, rule, _NUMBER, dialled))
    return _unknown(f"{rule}, but {e164} is no E.164 number (2 to {MAX_DIGITS} digits, the first not 0)", dialled)


def _unknown(rule: str, dialled: str) -> Reading:
    return Reading(None, rule, NumberKind.UNKNOWN, dialled)
