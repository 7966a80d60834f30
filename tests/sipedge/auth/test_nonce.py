import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.auth.nonce import ONCE, NonceFactory, NonceLedger, NonceState

KEY = bytes(range(32))
LIFETIME = 300.0


def salt(number: int) -> bytes:
    return number.to_bytes(8)


def nonce(number: int = 0, now: float = 1000.0, realm: str = "example.org") -> str:
    return NonceFactory(KEY, LIFETIME).make(realm, "192.0.2.1", now, salt(number))


def check(text: str, now: float = 1000.0, realm: str = "example.org", source: str = "192.0.2.1") -> NonceState:
    return NonceFactory(KEY, LIFETIME).check(text, realm, source, now)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (1000.0, NonceState.FRESH),
        (1300.0, NonceState.FRESH),
        (1300.1, NonceState.STALE),
        (999.5, NonceState.FRESH),
        (500.0, NonceState.STALE),
    ],
)
def test_a_nonce_of_ours_is_fresh_for_its_lifetime(now: float, state: NonceState) -> None:
    assert check(nonce(), now) is state


def test_a_nonce_is_bound_to_realm_source_and_key() -> None:
    assert check(nonce(), realm="other.org") is NonceState.FORGED
    assert check(nonce(), source="192.0.2.2") is NonceState.FORGED
    assert NonceFactory(b"x" * 32, LIFETIME).check(nonce(), "example.org", "192.0.2.1", 1000.0) is NonceState.FORGED


@pytest.mark.parametrize(
    "text", ["", "abc", "0" * 48, "g" * 48, "é" * 48, "٣" * 48, nonce() + "0", nonce()[:-1], " " * 48]
)
def test_what_is_not_ours_is_forged(text: str) -> None:
    assert check(text) is NonceState.FORGED


@given(st.integers(0, 47), st.sampled_from("0123456789abcdef"))
def test_no_digit_can_be_changed(position: int, digit: str) -> None:
    changed = nonce()[:position] + digit + nonce()[position + 1 :]
    assert (check(changed) is NonceState.FORGED) == (changed != nonce())


def test_salts_make_nonces_differ() -> None:
    assert len({nonce(number) for number in range(100)}) == 100


def test_salt_and_key_have_a_length() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        NonceFactory(KEY, LIFETIME).make("r", "s", 0, b"short")
    with pytest.raises(ValueError, match="16 to 32"):
        NonceFactory(b"short", LIFETIME)


def test_the_count_rises_strictly() -> None:
    ledger = NonceLedger(10, LIFETIME)
    used = [ledger.use(nonce(), count, 1000.0) for count in (1, 1, 2, 5, 4, 5, 6)]
    assert used == [True, False, True, True, False, False, True]
    assert ledger.use(nonce(1), 1, 1000.0)


def test_another_spelling_of_a_nonce_is_none_of_ours() -> None:
    text = nonce(0xABCDEF)
    assert check(text) is NonceState.FRESH
    assert check(text.upper()) is NonceState.FORGED
    assert check(text.replace("0", "\N{FULLWIDTH DIGIT ZERO}", 1)) is NonceState.FORGED


def test_without_qop_a_nonce_is_used_up() -> None:
    ledger = NonceLedger(10, LIFETIME)
    assert ledger.use(nonce(), ONCE, 1000.0)
    assert not ledger.use(nonce(), ONCE, 1000.0)
    assert not ledger.use(nonce(), 0xFFFFFFFF, 1000.0)


def test_a_full_ledger_forgets_the_first_used_and_lets_nobody_replay_it() -> None:
    ledger = NonceLedger(3, LIFETIME)
    nonces = [nonce(number, 1000.0 + number) for number in range(10)]
    assert all(ledger.use(text, 1, 1010.0) for text in nonces)
    assert len(ledger) == 3
    assert not any(ledger.use(text, 2, 1010.0) for text in nonces[:7])
    assert all(ledger.use(text, 2, 1010.0) for text in nonces[7:])


def test_entries_out_of_time_are_dropped_a_few_at_a_time() -> None:
    ledger = NonceLedger(1000, LIFETIME)
    old = [nonce(number, 1000.0) for number in range(100)]
    assert all(ledger.use(text, 1, 1000.0) for text in old)
    for number in range(26):
        assert ledger.use(nonce(number, 2000.0), 1, 2000.0)
    assert len(ledger) == 26
    assert not any(ledger.use(text, 1, 1000.0) for text in old), "not even if the clock were set back"


def test_use_does_not_grow_the_ledger_beyond_its_bound() -> None:
    ledger = NonceLedger(50, LIFETIME)
    for number in range(1000):
        ledger.use(nonce(number, 1000.0 + number / 100), 1, 1010.0)
        assert len(ledger) <= 50
