"""Guessing at the login costs a wait, and shuts nobody else out."""

from accounts.throttle import ACCOUNT_LIMIT, PAIR_LIMIT, SOURCE_LIMIT, LoginAttempt


def _fail(username: str, source: str, times: int) -> None:
    for _ in range(times):
        LoginAttempt(username, source).failed()


def test_a_pair_has_a_small_budget(db: None) -> None:
    _fail("alice", "192.0.2.1", PAIR_LIMIT - 1)
    assert not LoginAttempt("alice", "192.0.2.1").is_refused()
    _fail("Alice", "192.0.2.1", 1)
    assert LoginAttempt("alice", "192.0.2.1").is_refused()
    assert not LoginAttempt("bob", "192.0.2.1").is_refused()
    assert not LoginAttempt("alice", "192.0.2.2").is_refused()


def test_a_source_has_a_budget_over_all_accounts(db: None) -> None:
    for number in range(SOURCE_LIMIT):
        _fail(f"user{number}", "192.0.2.1", 1)
    assert LoginAttempt("somebody-else", "192.0.2.1").is_refused()


def test_an_account_has_a_budget_over_all_sources_but_its_owner_still_comes_in(db: None) -> None:
    LoginAttempt("alice", "198.51.100.7").succeeded()
    for number in range(ACCOUNT_LIMIT):
        _fail("alice", f"192.0.2.{number}", 1)
    assert LoginAttempt("alice", "203.0.113.9").is_refused()
    assert not LoginAttempt("alice", "198.51.100.7").is_refused()


def test_a_success_forgives_the_pair(db: None) -> None:
    _fail("alice", "192.0.2.1", PAIR_LIMIT - 1)
    LoginAttempt("alice", "192.0.2.1").succeeded()
    _fail("alice", "192.0.2.1", PAIR_LIMIT - 1)
    assert not LoginAttempt("alice", "192.0.2.1").is_refused()


def test_names_that_are_no_text_are_counted_too(db: None) -> None:
    _fail("\udc80\0", "", PAIR_LIMIT)
    assert LoginAttempt("\udc80\0", "").is_refused()
