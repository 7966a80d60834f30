"""What is stored so that who has the database alone cannot read it.

`settings.CREDENTIAL_KEYS` are Fernet keys, newest first: the first one encrypts, all of them decrypt.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SecretError(Exception):
    """A stored secret cannot be read: none of the keys made it, or it was damaged."""


def seal(text: str) -> str:
    """Return what is stored for a text that is shown again for a short while. Raises ImproperlyConfigured."""
    return fernet().encrypt(text.encode()).decode("ascii")


def unseal(stored: str) -> str:
    """Read what `seal` wrote. Raises SecretError, and ImproperlyConfigured when there is no key."""
    try:
        return fernet().decrypt(stored).decode()
    except InvalidToken as error:
        raise SecretError("what is stored cannot be read with CREDENTIAL_KEYS") from error


def fernet() -> MultiFernet:
    """What encrypts and decrypts. Raises ImproperlyConfigured when there is no key."""
    return _fernet_of(tuple(settings.CREDENTIAL_KEYS))


@lru_cache(maxsize=4)
def _fernet_of(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("CREDENTIAL_KEYS is empty: secrets can be neither stored nor read.")
    return MultiFernet([Fernet(key) for key in keys])
