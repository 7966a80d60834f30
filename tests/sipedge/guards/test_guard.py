import pytest

from sipedge.guards.bans import banned_by, lifted
from sipedge.guards.guard import Guard, GuardLimits, shared_name

OFFICE, STRANGER, GATEWAY = "192.0.2.50", "203.0.113.9", "198.51.100.2"
WALL = 1_800_000_000.0
ALICE, BOB = (1, "alice"), (1, "bob")


class Watch:
    """A guard with a clock that stands where the test puts it."""

    def __init__(self, **limits) -> None:
        self.now = 1000.0
        self.guard = Guard(GuardLimits(**limits), lambda host: host == GATEWAY)

    @property
    def wall(self):
        return WALL + self.now

    def fail(self, host, aor, times=1):
        """Wrong passwords as the handler counts them: only those that are checked."""
        bans = []
        for _ in range(times):
            if self.may_check(host, aor):
                bans.append(self.guard.failed(host, aor, self.now, self.wall))
        return [ban for ban in bans if ban]

    def may_check(self, host, aor, *, home=False):
        return self.guard.may_check(host, aor, self.now, lambda: home)

    def refuses(self, host):
        return self.guard.refuses(host, self.now)


@pytest.fixture
def watch():
    return Watch()


def spray(watch, host=STRANGER, names=100):
    return [ban for number in range(names) for ban in watch.fail(host, (1, f"name{number}"))]


def test_a_guesser_at_one_account_has_ten_tries_in_five_minutes(watch):
    watch.fail(STRANGER, ALICE, 9)
    assert watch.may_check(STRANGER, ALICE)
    watch.fail(STRANGER, ALICE)
    assert not watch.may_check(STRANGER, ALICE)
    assert not watch.may_check(STRANGER, ALICE, home=True)
    assert watch.may_check(STRANGER, BOB)
    assert watch.may_check(OFFICE, ALICE)
    watch.now += 300
    assert watch.may_check(STRANGER, ALICE)


def test_an_unknown_name_counts_the_same_and_a_long_one_takes_no_room(watch):
    nobody = (1, "n" * 5000)
    watch.fail(STRANGER, nobody, 10)
    assert not watch.may_check(STRANGER, nobody)
    assert watch.may_check(STRANGER, (2, "n" * 5000))
    assert all(len(key[-1]) <= 64 for key in watch.guard._pairs._entries)


def test_a_source_that_tries_many_accounts_is_banned(watch):
    assert spray(watch, names=99) == []
    assert not watch.refuses(STRANGER)
    (ban,) = watch.fail(STRANGER, (1, "one more"))
    assert (ban.source, ban.why, ban.until - ban.since) == (STRANGER, "100 failed logins", 600)
    assert watch.guard.is_banned(STRANGER, watch.now)
    assert not watch.guard.is_banned(OFFICE, watch.now)
    watch.now += 600
    assert not watch.guard.is_banned(STRANGER, watch.now)
    assert not watch.refuses(STRANGER)


def test_of_a_banned_source_little_is_read(watch):
    spray(watch)
    read = sum(not watch.refuses(STRANGER) for _ in range(10_000))
    assert 90 <= read <= 100
    watch.now += 1
    assert sum(not watch.refuses(STRANGER) for _ in range(10_000)) in range(19, 22)
    watch.guard.proven(STRANGER)
    assert not watch.refuses(STRANGER)


def test_repeaters_are_banned_longer(watch):
    spray(watch)
    watch.now += 700
    (second,) = spray(watch)
    assert (second.strikes, second.until - second.since) == (2, 2400)


def test_a_phone_with_an_old_password_does_not_ban_its_office(watch):
    for _ in range(24 * 60 * 2):  # a day
        assert watch.fail(OFFICE, ALICE, 2) == []
        watch.now += 30
    assert not watch.guard.is_banned(OFFICE, watch.now)
    assert watch.may_check(OFFICE, BOB)


def test_ten_such_phones_do_not_either(watch):
    for _ in range(100):
        for number in range(10):
            assert watch.fail(OFFICE, (1, f"phone{number}")) == []
        watch.now += 30


def test_under_attack_from_everywhere_the_first_try_still_counts(watch):
    for number in range(60):
        watch.fail(f"203.0.113.{number}", ALICE, 10)
    assert watch.may_check(OFFICE, ALICE)
    watch.fail(OFFICE, ALICE)
    assert watch.may_check(OFFICE, ALICE)
    watch.fail(OFFICE, ALICE)
    assert not watch.may_check(OFFICE, ALICE)
    assert watch.may_check(OFFICE, ALICE, home=True)
    assert watch.may_check(OFFICE, BOB)


def test_an_ipv6_customer_is_one_source(watch):
    for number in range(100):
        bans = watch.fail(f"2001:db8:1:2::{number:x}", (1, f"name{number}"))
    assert bans[0].source == "2001:db8:1:2::/64"
    assert watch.guard.is_banned("2001:db8:1:2:ffff::9", watch.now)
    assert not watch.guard.is_banned("2001:db8:1:3::1", watch.now)


def test_a_gateway_is_neither_banned_nor_limited():
    watch = Watch(rate=1.0)
    assert spray(watch, GATEWAY, 200) == []
    watch.guard.adopt(banned_by("admin", GATEWAY, "by mistake", 600, watch.wall), watch.now, watch.wall)
    assert not watch.refuses(GATEWAY)
    assert not watch.guard.is_banned(GATEWAY, watch.now)
    assert not any(watch.guard.charge(GATEWAY, watch.now) for _ in range(100))
    assert not watch.refuses(GATEWAY)


def test_a_source_over_its_rate_is_not_read_for_a_moment():
    watch = Watch(rate=10.0)
    assert not any(watch.guard.charge(STRANGER, watch.now) for _ in range(99))
    assert not watch.refuses(STRANGER)
    assert watch.guard.charge(STRANGER, watch.now)
    assert watch.refuses(STRANGER)
    assert not watch.refuses(OFFICE)
    assert not watch.guard.is_banned(STRANGER, watch.now)
    watch.now += 0.101
    assert not watch.refuses(STRANGER)


def test_a_flood_gets_its_rate_and_no_more():
    watch = Watch(rate=100.0)
    read = 0
    for _ in range(100_000):  # 10 s of 10,000 a second
        watch.now += 0.0001
        if not watch.refuses(STRANGER):
            read += 1
            watch.guard.charge(STRANGER, watch.now)
    assert 1990 <= read <= 2010  # a full bucket, and ten seconds of its rate


def test_honest_phones_behind_one_address_are_never_limited():
    watch = Watch(rate=100.0)
    for _ in range(20_000):  # a challenge and a proof each, 2,000 a second
        watch.now += 0.0005
        assert not watch.refuses(OFFICE)
        watch.guard.charge(OFFICE, watch.now)
        watch.guard.charge(OFFICE, watch.now)
        watch.guard.proven(OFFICE)


def test_health_checks_and_a_rate_of_none_are_never_limited():
    watch = Watch(rate=1.0)
    assert not any(watch.guard.charge("127.0.0.1", watch.now) for _ in range(1000))
    off = Watch(rate=0.0)
    assert not any(off.guard.charge(STRANGER, off.now) for _ in range(1000))
    off.guard.proven(STRANGER)


def test_a_ban_from_elsewhere_holds_here_and_ends_when_it_is_lifted(watch):
    ban = banned_by("admin", STRANGER, "scanner", 3600, watch.wall)
    watch.fail(STRANGER, ALICE, 10)
    assert watch.guard.adopt(ban, watch.now, watch.wall)
    assert not watch.guard.adopt(ban, watch.now, watch.wall)
    assert watch.guard.is_banned(STRANGER, watch.now)
    assert watch.guard.counts()["banned_sources"] == 1
    assert not watch.guard.adopt(lifted(ban, "admin", watch.wall + 1), watch.now, watch.wall)
    assert not watch.guard.is_banned(STRANGER, watch.now)
    assert not watch.refuses(STRANGER)
    assert watch.may_check(STRANGER, ALICE)


def test_a_lifted_source_starts_with_a_full_budget(watch):
    (ban,) = spray(watch)
    watch.guard.adopt(lifted(ban, "admin", watch.wall + 1), watch.now, watch.wall)
    assert watch.fail(STRANGER, (1, "again")) == []


def test_edges_tell_each_other_what_they_counted(watch):
    watch.fail(STRANGER, ALICE, 4)
    told = dict(watch.guard.take_counts(100))
    assert told == {("pair", STRANGER, 1, "alice"): 4, ("aor", "", 1, "alice"): 4, ("source", STRANGER, 0, ""): 4}
    assert watch.guard.take_counts(100) == []
    for key, number in told.items():
        assert watch.guard.learn(key, number + 6, watch.now, watch.wall) is None
    assert not watch.may_check(STRANGER, ALICE)


def test_single_tries_at_many_names_are_not_told_by_name(watch):
    spray(watch, names=50)
    assert {key[0] for key, _ in watch.guard.take_counts(1000)} == {"aor", "source"}


def test_what_all_edges_counted_together_bans(watch):
    watch.fail(STRANGER, ALICE)
    ban = watch.guard.learn(("source", STRANGER, 0, ""), 100, watch.now, watch.wall)
    assert ban is not None
    assert watch.guard.take_bans() == [ban]
    assert watch.guard.take_bans() == []
    assert watch.guard.learn(("source", STRANGER, 0, ""), 101, watch.now, watch.wall) is None


def test_what_could_not_be_told_is_told_later(watch):
    bans = spray(watch)
    counts, said = watch.guard.take_counts(1000), watch.guard.take_bans()
    watch.fail(OFFICE, ALICE)
    watch.guard.put_back(counts, said)
    again = dict(watch.guard.take_counts(1000))
    assert again[("source", STRANGER, 0, "")] == 100
    assert again[("aor", "", 1, "alice")] == 1
    assert watch.guard.take_bans() == bans


def test_a_flushed_redis_opens_nothing(watch):
    watch.fail(STRANGER, ALICE, 10)
    watch.guard.take_counts(100)
    watch.guard.learn(("pair", STRANGER, 1, "alice"), 1, watch.now, watch.wall)
    assert not watch.may_check(STRANGER, ALICE)


def test_what_ended_is_forgotten(watch):
    spray(watch)
    watch.now += 90_000
    watch.guard.tidy(watch.now, watch.wall)
    assert watch.guard.counts()["banned_sources"] == 0
    assert len(watch.guard.bans) == 0


def test_shared_names_are_short_and_tell_nothing():
    name = shared_name(("pair", STRANGER, 1, "alice\r\nFLUSHALL\udcff" + "x" * 5000))
    assert name.startswith("freiton:guard:pair:")
    assert len(name) == len("freiton:guard:pair:") + 32
    assert shared_name(("aor", "", 1, "a")) != shared_name(("aor", "", 2, "a"))
