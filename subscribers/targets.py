"""Numbers and addresses as people write them, in the form in which they are stored. Pure.

Only what needs no number format: separators go, letters become small, a scheme is added or taken away. What digits
without a plus mean is read by the subscriber's number format (portal/reading.py).
"""

from __future__ import annotations

from typing import Final

SCHEMES: Final = ("sip:", "sips:")
# RFC 3966 §5.1.1 visual separators, and the space that people type.
_WITHOUT_SEPARATORS: Final = str.maketrans("", "", "-.() /\u00a0\u202f")


def is_address(text: str) -> bool:
    """Whether a SIP address is meant, and not a number."""
    return "@" in text or text.strip().lower().startswith(SCHEMES)


def as_number(text: str) -> str:
    """A number, or the beginning of numbers, without separators: +43 1 1001 is +4311001."""
    return text.translate(_WITHOUT_SEPARATORS)


def as_target(text: str) -> str:
    """What calls are forwarded to: a number, or a SIP URI, also where somebody wrote anna@example.org alone."""
    if not is_address(text):
        return as_number(text)
    address = text.strip().lower()
    return address if address.startswith(SCHEMES) else f"sip:{address}"


def as_caller(text: str) -> str:
    """Who calls: a number, its beginning with a * behind it, or user@host."""
    if not is_address(text):
        return as_number(text)
    address = text.strip().lower()
    for scheme in SCHEMES:
        address = address.removeprefix(scheme)
    return address
