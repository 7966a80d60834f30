"""API tokens as text: how one is made, and the hash by which it is found again; passwords that are made for people."""

from __future__ import annotations

import hashlib
import secrets
import string

MARK = "frt_"  # so that people and secret scanners know what they found
RANDOM_LENGTH = 40  # of 62 characters: 238 bits, so a plain hash is enough
PREFIX_LENGTH = 12  # kept in clear, for a person to tell tokens apart

_ALPHABET = string.ascii_letters + string.digits

# Letters and digits that nobody mistakes for one another: no 0 O o, no 1 I l. 20 of 56: 116 bits.
_TYPED = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_PASSWORD_LENGTH = 20


def new_password() -> str:
    """Return the text of a new password, which is easy to type from paper."""
    return "".join(secrets.choice(_TYPED) for _ in range(_PASSWORD_LENGTH))


def new_token() -> str:
    """Return the text of a new token."""
    return MARK + "".join(secrets.choice(_ALPHABET) for _ in range(RANDOM_LENGTH))


def hash_token(text: str) -> str:
    """Return the hexadecimal SHA-256 of a token's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
