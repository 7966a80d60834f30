"""API tokens as text."""

import re

from accounts.tokens import hash_token, new_token


def test_a_token_says_what_it_is_and_is_random() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"frt_[A-Za-z0-9]{40}", token) for token in tokens)


def test_the_hash_is_sha256_in_hexadecimal() -> None:
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_text_that_is_no_unicode_has_a_hash_too() -> None:
    assert hash_token("frt_\udcff") != hash_token("frt_?")
