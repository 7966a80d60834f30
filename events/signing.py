"""How a webhook proves that it is from us: HMAC-SHA256 over the time and the body, with a secret that both know."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable
from typing import Final

MARK: Final = "whsec_"  # so that people and secret scanners know what they found
LENGTH: Final = 40
HEADER: Final = "Freiton-Signature"

_ALPHABET: Final = string.ascii_letters + string.digits


def new_secret() -> str:
    """Return the text of a new secret: 238 bits."""
    return MARK + "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def sign(secret: str, at: int, body: bytes) -> str:
    """The signature of a body that is sent `at` that second, hexadecimal."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def header(keys: Iterable[str], at: int, body: bytes) -> str:
    """The value of HEADER: one signature for each secret that is good now."""
    return ",".join([f"t={at}", *(f"v1={sign(key, at, body)}" for key in keys)])
