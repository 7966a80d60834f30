from dataclasses import replace

import pytest

from sipedge.guards.bans import Ban, BanBook, banned_by, lifted, next_ban, read_ban, sorted_by_time, write_ban

WALL = 1_800_000_000.0


def test_a_ban_holds_from_since_to_until():
    ban = next_ban(None, "192.0.2.1", "100 failed logins", WALL)
    assert (ban.since, ban.until, ban.strikes) == (WALL, WALL + 600, 1)
    assert ban.is_active(WALL + 599)
    assert not ban.is_active(WALL + 600)


def test_a_repeaters_bans_grow_to_a_day():
    ban, lengths = None, []
    wall = WALL
    for _ in range(6):
        ban = next_ban(ban, "192.0.2.1", "x", wall)
        lengths.append(ban.until - ban.since)
        wall = ban.until + 3600
    assert lengths == [600, 2400, 9600, 38400, 86400, 86400]


def test_after_a_day_it_begins_anew():
    first = next_ban(None, "192.0.2.1", "x", WALL)
    assert next_ban(first, "192.0.2.1", "x", first.until + 86_399).strikes == 2
    assert next_ban(first, "192.0.2.1", "x", first.until + 86_400).strikes == 1


def test_a_lifted_ban_ends_and_is_no_strike():
    ban = banned_by("admin", "192.0.2.1", "x", 3600, WALL)
    gone = lifted(ban, "boss", WALL + 5)
    assert not gone.is_active(WALL + 5)
    assert (gone.by, gone.changed, gone.since) == ("boss", WALL + 5, WALL)
    assert next_ban(gone, "192.0.2.1", "x", WALL + 6).strikes == 1


def test_a_ban_is_written_and_read():
    ban = banned_by("admin", "2001:db8::/64", 'why "not"', 3600, WALL)
    assert read_ban(write_ban(ban)) == ban
    assert read_ban(write_ban(ban).encode()) == ban


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"source": 1}', "null", b"\xff"])
def test_what_is_no_ban_is_refused(text):
    with pytest.raises(ValueError, match=r"no ban|decode"):
        read_ban(text)


def test_newer_words_win_whatever_their_order():
    old = Ban("192.0.2.1", "old", WALL, WALL + 600, changed=WALL)
    new = lifted(old, "admin", WALL + 1)
    for order in ((old, new), (new, old)):
        book = BanBook()
        news = [book.adopt(ban) for ban in order]
        assert book.get("192.0.2.1") == new
        assert news == [True, order[0] is old]
    assert not book.adopt(new)


def test_the_book_is_bounded_and_forgets_what_ended_long_ago():
    book = BanBook(100)
    for number in range(200):
        book.adopt(Ban(f"source{number}", "", WALL, WALL + number, changed=WALL))
    assert len(book) <= 100
    assert book.get("source199") is not None
    book.forget_old(WALL + 199 + 86_400)
    assert len(book) == 0


def test_the_list_shows_those_that_hold_the_latest_first():
    bans = [Ban(name, "", WALL + at, WALL + 100) for name, at in (("a", 1), ("b", 3), ("c", 2))]
    gone = replace(bans[0], source="d", until=WALL)
    assert [ban.source for ban in sorted_by_time([*bans, gone], WALL + 5)] == ["b", "c", "a"]
