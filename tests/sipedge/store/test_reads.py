"""Which keys are asked for at all, and how credentials are opened."""

import logging

import pytest
from cryptography.fernet import Fernet

from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.passwords import pack_password
from sipedge.store.reads import Secrets, can_exist

HA1 = Ha1Set.from_password("alice", "example.org", "secret")


@pytest.mark.parametrize("text", ["alice", "+4311001", "a.b-c_d+e", "x" * 64, ""])
def test_keys_that_are_asked_for(text: str) -> None:
    assert can_exist(text)


@pytest.mark.parametrize("text", ["x" * 65, "nul\0", "line\n", "\udcff"])
def test_keys_that_cannot_be_in_a_database(text: str) -> None:
    assert not can_exist(text)


def test_credentials_are_opened_by_any_of_the_keys() -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    tokens = [Fernet(key).encrypt(HA1.pack()).decode() for key in (old, new)]

    assert Secrets([new, old]).open(tokens, 1, None) == (HA1, HA1)


@pytest.mark.parametrize(
    ("algorithm", "kept"),
    [
        ("MD5", Ha1Set(md5=HA1.md5, md5_at=HA1.md5_at)),
        ("SHA-256", Ha1Set(sha256=HA1.sha256, sha256_at=HA1.sha256_at)),
        (None, HA1),
    ],
)
def test_only_the_hashes_that_are_asked_for_are_kept(algorithm: str | None, kept: Ha1Set) -> None:
    key = Fernet.generate_key().decode()
    token = Fernet(key).encrypt(HA1.pack()).decode()

    assert Secrets([key]).open([token], 1, algorithm) == (kept,)


def test_a_credential_that_no_key_opens_is_left_out_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    key, lost = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    tokens = [
        Fernet(lost).encrypt(HA1.pack()).decode(),
        "nonsense",
        Fernet(key).encrypt(b"\xff\xff no HA1").decode(),
        Fernet(key).encrypt(HA1.pack()).decode(),
    ]

    with caplog.at_level(logging.ERROR):
        assert Secrets([key]).open(tokens, 4711, None) == (HA1,)

    assert len(caplog.records) == 3
    assert "4711" in caplog.text
    assert not any(token in caplog.text for token in tokens)


def test_a_password_that_no_key_opens_is_none_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    key = Fernet.generate_key().decode()
    tokens = [Fernet(key).encrypt(text).decode() for text in (pack_password("geheim"), HA1.pack())]
    secrets = Secrets([key])

    with caplog.at_level(logging.ERROR):
        assert [secrets.password(token, "that of gateway PSTN") for token in (*tokens, "x")] == ["geheim", None, None]

    assert caplog.text.count("that of gateway PSTN") == 2
    assert "geheim" not in caplog.text
