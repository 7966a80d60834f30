"""What a customer types as a number or an address, read as the phone would dial it; what is wrong is said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _

from numbering.destinations import Category
from numbering.e164 import MAX_DIGITS, is_e164
from numbering.formats import NumberFormat, NumberKind, to_e164
from sipedge.routing.barring import Bar
from subscribers.targets import as_caller, as_number, as_target, is_address
from subscribers.validators import validate_caller, validate_target


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one subscriber.

    number_format: how it dials. domain: its name. is_ours: whether a host is a domain of
    ours. is_colleague: whether its customer has a subscriber of this user name in its domain. own: its own SIP URI and
    numbers. bars: those of some numbers (E.164) to which the edge would refuse its calls, and why.
    """

    number_format: NumberFormat
    domain: str
    is_ours: Callable[[str], bool]
    is_colleague: Callable[[str], bool]
    own: frozenset[str]
    bars: Callable[[Sequence[str]], Mapping[str, Bar]] = lambda _numbers: {}

    def target(self, text: str) -> str:
        """Where calls can be forwarded to, as it is stored. Raises ValidationError that says what is wrong."""
        name = text.strip().lower()
        if self.is_colleague(name):
            target = f"sip:{name}@{self.domain}"
        elif is_address(text):
            target = self._address(text)
        else:
            target = self._number(text)
        if target.replace("sips:", "sip:", 1) in self.own:
            raise _error(_("“%(text)s” is this phone itself: the call would go in a circle."), text)
        return target

    def caller(self, text: str) -> str:
        """Who stands on a list, as it is stored. Raises ValidationError that says what is wrong."""
        if is_address(text):
            return _checked(as_caller(text), validate_caller, text)
        return self._beginning(text) if "*" in text else self._number(text)

    def barred(self, targets: Iterable[str]) -> list[str]:
        """Why calls to these targets are not made for this subscriber, in words; nothing of those that are made."""
        return list(self.why_barred(targets).values())

    def why_barred(self, targets: Iterable[str]) -> dict[str, str]:
        """The same by target."""
        numbers = list(filter(is_e164, targets))
        return in_words(self.bars(numbers) if numbers else {})

    def _address(self, text: str) -> str:
        target = _checked(as_target(text), validate_target, text)
        host = target.rpartition("@")[2]
        if not self.is_ours(host):
            message = _("“%(text)s”: calls are forwarded to numbers and to our own addresses, such as anna@%(domain)s.")
            raise _error(message, text, domain=self.domain)
        return target

    def _number(self, text: str) -> str:
        number = as_number(text)
        reading = to_e164(number, self.number_format)
        if reading.e164 is None:
            raise _error(_why_unread(reading.kind, number), text, code=self.number_format.country_code or "43")
        return reading.e164

    def _beginning(self, text: str) -> str:
        """The beginning of numbers: read together with the fewest digits with which it is a number."""
        digits, star, rest = as_number(text).partition("*")
        for more in range(MAX_DIGITS if star and not rest and digits.strip("+") else 0):
            padding = "5" * more
            e164 = to_e164(digits + padding, self.number_format).e164
            if e164 is not None and e164.endswith(padding) and len(e164) > more + 1:
                return _checked(e164.removesuffix(padding) + "*", validate_caller, text)
        raise _error(_("“%(text)s” is no beginning of numbers. Write it as 0900* or +43900*."), text)


def in_words(bars: Mapping[str, Bar]) -> dict[str, str]:
    """Why calls to these numbers are not made."""
    return {number: _why_not(number, bar) for number, bar in bars.items()}


def _why_not(number: str, bar: Bar) -> str:
    if bar.rule is not None:
        words = _("Your provider has blocked calls to %(number)s.")
    elif bar.destination.category is Category.PREMIUM:
        words = _("%(number)s is a premium-rate number, and calls to such are off for this phone. Ask your provider.")
    elif bar.destination.category is Category.SATELLITE:
        words = _("%(number)s is a satellite phone, and calls to such are off for this phone. Ask your provider.")
    else:
        words = _("%(number)s is abroad, and calls abroad are off for this phone. Ask your provider to turn them on.")
    return words % {"number": number}


def _why_unread(kind: NumberKind, number: str) -> str:
    if kind is NumberKind.EMERGENCY:
        return _("“%(text)s” is an emergency number: calls cannot be forwarded there.")
    if kind is NumberKind.SERVICE:
        return _("“%(text)s” is a service number, which only a phone itself can call.")
    if not number.lstrip("+").isdigit():
        return _("“%(text)s” is neither a phone number nor an address such as anna@example.org.")
    return _("It is not clear which number “%(text)s” is. Write it with the country code: +%(code)s …")


def _error(message: str, text: str, **values: str) -> ValidationError:
    return ValidationError(message % {"text": text.strip(), **values})


def _checked(value: str, validate: RegexValidator, text: str) -> str:
    try:
        validate(value)
    except ValidationError as refused:
        raise ValidationError(f"“{text.strip()}”: {refused.messages[0]}") from refused
    return value
