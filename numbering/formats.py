"""How a side writes phone numbers: what it dialled as E.164, and E.164 as it expects it.

Nothing is guessed. Digits that a format does not explain are left alone, and the reading says in words why; a
rule that "corrects" what it does not know breaks whole countries. Pure: no Django, no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from numbering.e164 import MAX_DIGITS, MIN_DIGITS_BARE, is_e164

# RFC 3966 §5.1.1 visual separators, and the space that people type.
_WITHOUT_SEPARATORS = str.maketrans("", "", "-.() ")

_ASCII_DIGITS = frozenset("0123456789")


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


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How one side writes numbers. All texts are digits without plus; an empty prefix means there is none."""

    name: str
    country_code: str
    international_prefix: str = "00"
    national_prefix: str = "0"
    area_code: str = ""
    bare_digits: BareDigits = BareDigits.E164
    sends_as: SendsAs = SendsAs.PLUS


class Reading(NamedTuple):
    """What was read: the E.164 number with its plus, or None, and in words by which rule, or why not."""

    e164: str | None
    rule: str


def to_e164(dialled: str, number_format: NumberFormat) -> Reading:
    """Read what a side dialled, such as 004311001, by its format.

    Separators (- . ( ) and space) do not count. The result's `e164` is None when the format does not say what
    the digits mean.
    """
    text, digits = dialled, dialled.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        text = dialled.translate(_WITHOUT_SEPARATORS)
        digits = text.removeprefix("+")
        if not digits or not _ASCII_DIGITS.issuperset(digits):
            return Reading(None, "not a phone number: it holds something else than digits")
    if text != digits:
        return _checked(text, "E.164 with the plus")
    international, national = number_format.international_prefix, number_format.national_prefix
    if international and text.startswith(international):
        return _checked("+" + text[len(international) :], f"international, after the prefix {international}")
    if national and text.startswith(national):
        rest = text[len(national) :]
        return _national(rest, number_format, f"national, after the prefix {national}")
    return _bare(text, number_format)


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
                return Reading(None, f"digits without a prefix are E.164 here, but these are not {plausible}")
            return _checked("+" + digits, "E.164 without the plus")
        case BareDigits.NATIONAL:
            return _national(digits, number_format, "national, without a prefix")
        case BareDigits.LOCAL:
            return _local(digits, number_format)
        case BareDigits.REFUSE:
            return Reading(None, "digits without a prefix mean nothing here")


def _local(digits: str, number_format: NumberFormat) -> Reading:
    if not number_format.area_code:
        return Reading(None, "a number in the same area, but the format has no area code")
    area = number_format.area_code
    return _national(area + digits, number_format, f"local, in the area {area}")


def _national(national: str, number_format: NumberFormat, rule: str) -> Reading:
    """Read a national significant number, or refuse one that is empty."""
    if not national:
        return Reading(None, "nothing behind the national prefix")
    return _checked(f"+{number_format.country_code}{national}", rule)


def _checked(e164: str, rule: str) -> Reading:
    if is_e164(e164):
        return Reading(e164, rule)
    return Reading(None, f"{rule}, but {e164} is no E.164 number (2 to {MAX_DIGITS} digits, the first not 0)")
