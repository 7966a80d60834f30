"""SIP secrets at rest: HA1 values, and passwords of gateways, encrypted by the keys of accounts/sealing.py. The edge
decrypts with the same keys."""

from __future__ import annotations

import secrets

from cryptography.fernet import InvalidToken

from accounts.sealing import SecretError, fernet
from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.passwords import pack_password, unpack_password

# Letters and digits that nobody mistakes for one another when they are typed from paper: no 0 O o, no 1 I l.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
PASSWORD_LENGTH = 20  # of 56 characters: 116 bits, out of reach even for who has the MD5 HA1


def new_password() -> str:
    """Return a random password that is easy to type."""
    letters = ""
    # Six bits for each; what lies beyond the alphabet is dropped, so that all letters are as likely.
    while len(letters) < PASSWORD_LENGTH:
        letters += "".join(ALPHABET[byte & 63] for byte in secrets.token_bytes(32) if byte & 63 < len(ALPHABET))
    return letters[:PASSWORD_LENGTH]


def encrypt(ha1: Ha1Set) -> str:
    """Return what is stored for `ha1`: a Fernet token of its packed form.

    Raises ImproperlyConfigured when there is no key.
    """
    return fernet().encrypt(ha1.pack()).decode("ascii")


def decrypt(secret: str) -> Ha1Set:
    """Read what `encrypt` wrote. Raises SecretError, and ImproperlyConfigured when there is no key."""
    try:
        return Ha1Set.unpack(fernet().decrypt(secret))
    except (InvalidToken, ValueError) as error:
        raise SecretError("the stored SIP secret cannot be read with CREDENTIAL_KEYS") from error


def encrypt_password(password: str) -> str:
    """Return what is stored for a password that has to be known again: a carrier's, for realms of its choosing.

    Raises ImproperlyConfigured when there is no key.
    """
    return fernet().encrypt(pack_password(password)).decode("ascii")


def decrypt_password(secret: str) -> str:
    """Read what `encrypt_password` wrote. Raises SecretError, and ImproperlyConfigured when there is no key."""
    try:
        return unpack_password(fernet().decrypt(secret))
    except (InvalidToken, ValueError) as error:
        raise SecretError("the stored SIP secret cannot be read with CREDENTIAL_KEYS") from error


def reencrypt(secret: str) -> str:
    """Return the same secret under the newest key. Raises SecretError, ImproperlyConfigured."""
    try:
        return fernet().rotate(secret).decode("ascii")
    except (InvalidToken, ValueError) as error:
        raise SecretError("the stored SIP secret cannot be read with CREDENTIAL_KEYS") from error
