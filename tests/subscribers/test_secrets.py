"""SIP secrets at rest."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from sipedge.auth.ha1 import Ha1Set
from subscribers.secrets import (
    ALPHABET,
    PASSWORD_LENGTH,
    SecretError,
    decrypt,
    decrypt_password,
    encrypt,
    encrypt_password,
    new_password,
    reencrypt,
)

HA1 = Ha1Set.from_password("alice", "example.org", "secret")
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def keys(settings: Any) -> Any:
    """Sets CREDENTIAL_KEYS."""

    def set_keys(*values: str) -> None:
        settings.CREDENTIAL_KEYS = list(values)

    set_keys(OLD)
    return set_keys


def test_what_was_stored_is_read_again(keys: Any) -> None:
    assert decrypt(encrypt(HA1)) == HA1


def test_nothing_of_the_secret_can_be_seen(keys: Any) -> None:
    stored = encrypt(HA1)
    assert HA1.md5 is not None
    assert HA1.md5.hex() not in stored
    assert encrypt(HA1) != stored


def test_an_old_key_still_reads_and_the_new_one_writes(keys: Any) -> None:
    stored = encrypt(HA1)
    keys(NEW, OLD)
    assert decrypt(stored) == HA1
    moved = reencrypt(stored)
    keys(NEW)
    assert decrypt(moved) == HA1
    with pytest.raises(SecretError):
        decrypt(stored)


@pytest.mark.parametrize("stored", ["", "x", "gAAAAA", "ä"])
def test_what_no_key_made_is_an_error_of_its_own(keys: Any, stored: str) -> None:
    with pytest.raises(SecretError):
        decrypt(stored)
    with pytest.raises(SecretError):
        reencrypt(stored)


def test_a_token_that_holds_something_else_is_an_error_of_its_own(keys: Any) -> None:
    with pytest.raises(SecretError):
        decrypt(Fernet(OLD).encrypt(b"no HA1").decode())


def test_a_password_is_read_again_and_moves_with_the_keys(keys: Any) -> None:
    stored = encrypt_password("geheim")
    assert "geheim" not in stored
    keys(NEW, OLD)
    moved = reencrypt(stored)
    keys(NEW)
    assert decrypt_password(moved) == "geheim"


def test_neither_kind_of_secret_can_take_the_others_place(keys: Any) -> None:
    with pytest.raises(SecretError):
        decrypt_password(encrypt(HA1))
    with pytest.raises(SecretError):
        decrypt(encrypt_password("geheim"))


def test_without_a_key_nothing_is_stored(keys: Any) -> None:
    keys()
    with pytest.raises(ImproperlyConfigured, match="CREDENTIAL_KEYS"):
        encrypt(HA1)


def test_passwords_are_random_and_easy_to_type() -> None:
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    assert {len(password) for password in passwords} == {PASSWORD_LENGTH}
    used = set("".join(passwords))
    assert used <= set(ALPHABET)
    assert not used & set("0Oo1Il")
    assert len(used) > 40
