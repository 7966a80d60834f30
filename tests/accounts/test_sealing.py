"""What is stored under keys that are not in the database."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from accounts.sealing import SecretError, seal, unseal


def test_what_was_sealed_is_read_again_with_older_keys_too(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [old]
    stored = seal("grüß dich")
    assert "dich" not in stored
    settings.CREDENTIAL_KEYS = [new, old]
    assert unseal(stored) == "grüß dich"
    settings.CREDENTIAL_KEYS = [new]
    with pytest.raises(SecretError):
        unseal(stored)


def test_without_keys_nothing_is_sealed(settings: Any) -> None:
    settings.CREDENTIAL_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        seal("a")
