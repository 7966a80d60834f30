from dataclasses import dataclass, field

import pytest

from sipedge.auth.authenticate import (
    Authenticated,
    Challenge,
    Refused,
    authenticate,
    digest_user,
    find_authorization,
)
from sipedge.auth.digest import Authorization, DigestError, response
from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.nonce import NonceFactory, NonceLedger
from sipedge.sip.message import Request

REALM = "example.org"
NOW = 5000.0
ALICE = Ha1Set.from_password("alice", REALM, "geheim")
WRONG = Ha1Set.from_password("alice", REALM, "geraten")
FAILED = Challenge(stale=False, failed=True)
STALE = Challenge(stale=True)


@dataclass
class Guard:
    """An edge's end of the conversation, with a clock that stands where the test puts it."""

    nonces: NonceFactory = field(default_factory=lambda: NonceFactory(b"k" * 32, 300.0))
    ledger: NonceLedger = field(default_factory=lambda: NonceLedger(100, 300.0))
    now: float = NOW
    algorithm: str = "MD5"
    salts: int = 0

    def nonce(self, realm: str = REALM) -> str:
        self.salts += 1
        return self.nonces.make(realm, self.now, self.salts.to_bytes(8))

    def judge(
        self, *values: str, credentials: list[Ha1Set] | None = None, known: bool = True
    ) -> Authenticated | Challenge | Refused:
        request = Request("REGISTER", "sip:example.org", [("Authorization", value) for value in values])
        return authenticate(
            request,
            "Authorization",
            REALM,
            "alice",
            (credentials or [ALICE]) if known else None,
            nonces=self.nonces,
            ledger=self.ledger,
            algorithm=self.algorithm,
            now=self.now,
        )


def credentials(
    nonce: str,
    nonce_count: int = 1,
    *,
    known: Ha1Set = ALICE,
    username: str = "alice",
    realm: str = REALM,
    algorithm: str = "MD5",
    qop: str = "auth",
    uri: str = "sip:example.org",
) -> str:
    """What a phone with this password puts into Authorization."""
    bare = Authorization(username, realm, nonce, uri, "", algorithm, qop, "cafe", f"{nonce_count:08x}")
    at = "_at" if "@" in username else ""
    ha1 = getattr(known, ("md5" if algorithm == "MD5" else "sha256") + at)
    answer = response(bare, "REGISTER", ha1)
    value = f'Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{answer}"'
    value += f", algorithm={algorithm}"
    return value + f', qop={qop}, cnonce="cafe", nc={nonce_count:08x}' if qop else value


def test_no_credentials_get_a_challenge() -> None:
    assert Guard().judge() == Challenge(stale=False)


def test_the_right_password_authenticates() -> None:
    guard = Guard()
    assert guard.judge(credentials(guard.nonce())) == Authenticated("alice")
    assert guard.judge(credentials(guard.nonce(), username="alice@example.org")) == Authenticated("alice")
    assert guard.judge(credentials(guard.nonce(), uri="sip:elsewhere")) == Authenticated("alice")
    assert guard.judge(credentials(guard.nonce()), credentials=[WRONG, ALICE]) == Authenticated("alice")


def test_wrong_password_unknown_user_and_user_without_credentials_get_the_same() -> None:
    guard = Guard()
    assert guard.judge(credentials(guard.nonce(), known=WRONG)) == FAILED
    assert guard.judge(credentials(guard.nonce()), known=False) == FAILED
    assert guard.judge(credentials(guard.nonce()), credentials=[Ha1Set()]) == FAILED


def test_the_count_of_a_nonce_rises_and_a_replay_is_stale() -> None:
    guard = Guard()
    nonce = guard.nonce()
    assert guard.judge(credentials(nonce, 1)) == Authenticated("alice")
    assert guard.judge(credentials(nonce, 1)) == STALE
    assert guard.judge(credentials(nonce, 3)) == Authenticated("alice")
    assert guard.judge(credentials(nonce, 2)) == STALE


def test_without_qop_a_nonce_serves_once() -> None:
    guard = Guard()
    value = credentials(guard.nonce(), qop="")
    assert guard.judge(value) == Authenticated("alice")
    assert guard.judge(value) == STALE


def test_a_nonce_out_of_time_is_stale() -> None:
    guard = Guard()
    value = credentials(guard.nonce())
    guard.now += 301
    assert guard.judge(value) == STALE


def test_a_nonce_from_before_a_restart_is_stale_for_who_knows_the_password_alone() -> None:
    before = NonceFactory(b"o" * 32, 300.0).make(REALM, NOW, b"8 bytes.")
    assert Guard().judge(credentials(before)) == STALE
    assert Guard().judge(credentials(before, known=WRONG)) == FAILED


@pytest.mark.parametrize("nonce", ["", "made-up", "0" * 48])
def test_a_forged_nonce_never_authenticates(nonce: str) -> None:
    guard = Guard()
    assert guard.judge(credentials(nonce)) == STALE
    assert guard.judge(credentials(guard.nonce(realm="other.org"))) == STALE
    assert len(guard.ledger) == 0


def test_failures_leave_nothing_behind() -> None:
    guard = Guard()
    nonce = guard.nonce()
    for count in range(1, 20):
        assert guard.judge(credentials(nonce, count, known=WRONG)) == FAILED
    assert len(guard.ledger) == 0
    assert guard.judge(credentials(nonce, 1)) == Authenticated("alice")


def test_only_the_algorithm_that_was_asked_for_counts() -> None:
    guard = Guard(algorithm="SHA-256")
    assert guard.judge(credentials(guard.nonce())) == Challenge(stale=False)
    assert guard.judge(credentials(guard.nonce(), algorithm="SHA-256")) == Authenticated("alice")
    guard.algorithm = "MD5"
    assert guard.judge(credentials(guard.nonce(), algorithm="SHA-256")) == Challenge(stale=False)


def test_credentials_for_others_are_passed_over() -> None:
    guard = Guard()
    other = credentials(guard.nonce(), realm="other.org")
    assert guard.judge(other) == Challenge(stale=False)
    assert guard.judge("NoOneKnowsThisScheme opaque-data=here") == Challenge(stale=False)
    assert guard.judge("Bearer x", other, credentials(guard.nonce())) == Authenticated("alice")


def test_broken_credentials_are_refused() -> None:
    assert Guard().judge("Digest garbage") == Refused(400, "Malformed Authorization")


def test_credentials_are_found_by_header_and_realm() -> None:
    value = credentials("abc")
    request = Request("INVITE", "sip:b", [("Proxy-Authorization", value)])
    found = find_authorization(request, "Proxy-Authorization", REALM)
    assert found is not None
    assert found.nonce == "abc"
    assert find_authorization(request, "Authorization", REALM) is None
    assert find_authorization(request, "Proxy-Authorization", "other.org") is None
    request.append("Authorization", "Digest x")
    with pytest.raises(DigestError):
        find_authorization(request, "Authorization", REALM)


@pytest.mark.parametrize(
    ("username", "user"),
    [
        ("alice", "alice"),
        ("alice@example.org", "alice"),
        ("a@b@example.org", "a@b"),
        ("alice@other.org", "alice@other.org"),
    ],
)
def test_the_digest_user_loses_our_realm_alone(username: str, user: str) -> None:
    assert digest_user(Authorization(username, REALM, "", "", "")) == user
