"""API tokens as text: how one is made, and the hash by which it is found again."""

from __future__ import annotations

import hashlib
import secrets
import string

MARK = "frt_"  # so that people and secret scanners know what they found
RANDOM_LENGTH = 40  # of 62 characters: 238 bits, so a plain hash is enough
PREFIX_LENGTH = 12  # kept in clear, for a person to tell tokens apart

_ALPHABET = string.ascii_letters + string.digits


def new_token() -> str:
    """Return the text of a new token."""
    return MARK + "".join(secrets.choice(_ALPHABET) for _ in range(RANDOM_LENGTH))


def hash_token(text: str) -> str:
    """Return the hexadecimal SHA-256 of a token's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
