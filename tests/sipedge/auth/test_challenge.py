import pytest

from sipedge.auth.challenge import challenge
from sipedge.auth.digest import SHA_256


def test_a_challenge_names_one_algorithm() -> None:
    assert challenge("example.org", "abc", "MD5", stale=False) == (
        'Digest realm="example.org", nonce="abc", algorithm=MD5, qop="auth"'
    )
    assert challenge("example.org", "abc", SHA_256, stale=True) == (
        'Digest realm="example.org", nonce="abc", algorithm=SHA-256, qop="auth", stale=true'
    )


def test_a_realm_cannot_leave_its_quotes() -> None:
    assert 'realm="a\\"b\\\\"' in challenge('a"b\\', "abc", "MD5", stale=False)


def test_only_our_algorithms_are_offered() -> None:
    with pytest.raises(ValueError, match="MD4"):
        challenge("example.org", "abc", "MD4", stale=False)
