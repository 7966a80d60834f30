"""Which login names are the same."""

import pytest
from django.core.exceptions import ValidationError

from accounts.usernames import login_key, validate_one_script

CYRILLIC_A, OMICRON = "\u0430", "\u03bf"
FULL_WIDTH = "\uff41\uff4c\uff49\uff43\uff45"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "ALICE"),
        ("alice", FULL_WIDTH),
        ("Stra\u00dfe", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
        ("\ufb01nn", "FINN"),
        ("\u0130stanbul", "i\u0307stanbul"),
    ],
)
def test_what_is_one_name(one: str, other: str) -> None:
    assert login_key(one) == login_key(other)
    assert login_key(login_key(one)) == login_key(one)


@pytest.mark.parametrize(("one", "other"), [("alice", "alice1"), ("alice", "alicé"), ("a.b", "ab")])
def test_what_are_two(one: str, other: str) -> None:
    assert login_key(one) != login_key(other)


@pytest.mark.parametrize(
    "name", ["alice", "Zo\u00eb@example.org", "\u0430\u043d\u043d\u0430", "\u5c71\u7530\u30bf\u30ed\u30a6", "2000", ""]
)
def test_names_of_one_script(name: str) -> None:
    validate_one_script(name)


@pytest.mark.parametrize("name", [f"{CYRILLIC_A}lice", f"b{OMICRON}b"])
def test_letters_that_only_look_alike(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_one_script(name)
