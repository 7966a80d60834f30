from dataclasses import dataclass, field

import pytest

from sipedge.auth.authenticate import (
    Authenticated,
    Challenge,
    authenticate,
    digest_user,
    find_authorization,
)
from sipedge.auth.digest import Authorization, DigestError, parse_authorization, response
from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.nonce import NonceFactory, NonceLedger, NonceState
from sipedge.sip.message import Request

REALM, SOURCE = "example.org", "192.0.2.1"
NOW = 5000.0
ALICE = Ha1Set.from_password("alice", REALM, "geheim")
WRONG = Ha1Set.from_password("alice", REALM, "geraten")
FAILED = Challenge(stale=False, failed=True)
STALE = Challenge(stale=True)
REPLAYED = Challenge(stale=True, replayed=True)


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
        return self.nonces.make(realm, SOURCE, self.now, self.salts.to_bytes(8))

    def judge(
        self, value: str, credentials: list[Ha1Set] | None = None, *, known: bool = True
    ) -> Authenticated | Challenge:
        given = parse_authorization(value)
        return authenticate(
            "REGISTER",
            given,
            "alice",
            (credentials or [ALICE]) if known else None,
            is_fresh=self.nonces.check(given.nonce, given.realm, SOURCE, self.now) is NonceState.FRESH,
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
    assert guard.judge(credentials(nonce, 1)) == REPLAYED
    assert guard.judge(credentials(nonce, 3)) == Authenticated("alice")
    assert guard.judge(credentials(nonce, 2)) == REPLAYED


def test_without_qop_a_nonce_serves_once() -> None:
    guard = Guard()
    value = credentials(guard.nonce(), qop="")
    assert guard.judge(value) == Authenticated("alice")
    assert guard.judge(value) == REPLAYED


def test_a_nonce_out_of_time_is_stale() -> None:
    guard = Guard()
    value = credentials(guard.nonce())
    guard.now += 301
    assert guard.judge(value) == STALE


def test_a_nonce_from_before_a_restart_is_stale_whatever_the_password() -> None:
    before = NonceFactory(b"o" * 32, 300.0).make(REALM, SOURCE, NOW, b"8 bytes.")
    assert Guard().judge(credentials(before)) == STALE
    assert Guard().judge(credentials(before, known=WRONG)) == STALE


@pytest.mark.parametrize("nonce", ["", "made-up", "0" * 48])
@pytest.mark.parametrize("known", [ALICE, WRONG])
def test_who_makes_nonces_up_learns_nothing_about_the_password(nonce: str, known: Ha1Set) -> None:
    guard = Guard()
    assert guard.judge(credentials(nonce, known=known)) == STALE
    elsewhere = guard.nonces.make(REALM, "192.0.2.2", guard.now, b"8 bytes.")
    assert guard.judge(credentials(elsewhere, known=known)) == STALE
    assert guard.judge(credentials(guard.nonce(realm="other.org"), known=known)) == STALE
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


def test_credentials_are_found_by_header_and_realm() -> None:
    value = credentials("abc")
    request = Request("INVITE", "sip:b", [("Proxy-Authorization", value)])
    found = find_authorization(request, "Proxy-Authorization", REALM)
    assert found is not None
    assert found.nonce == "abc"
    assert find_authorization(request, "Authorization", REALM) is None
    assert find_authorization(request, "Proxy-Authorization", "other.org") is None
    request.set("Proxy-Authorization", "NoOneKnowsThisScheme opaque-data=here")
    assert find_authorization(request, "Proxy-Authorization", REALM) is None
    others = [("Authorization", credentials("x", realm="other.org")), ("Authorization", "Bearer x")]
    request = Request("REGISTER", "sip:b", [*others, ("Authorization", value)])
    assert find_authorization(request, "Authorization", REALM) == found
    request = Request("REGISTER", "sip:b", [("Authorization", "Digest garbage")])
    with pytest.raises(DigestError, match="Malformed Authorization"):
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
