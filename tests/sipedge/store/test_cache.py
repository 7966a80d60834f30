"""The bounded copy: what it keeps, what it forgets, and what it must not believe."""

from sipedge.store.cache import Cache
from sipedge.store.interfaces import MISS


def filled(cache: Cache[int, str], *keys: int) -> Cache[int, str]:
    for key in keys:
        cache.begin_fill([key])
        cache.end_fill(key, f"v{key}")
    return cache


def test_unknown_known_and_known_to_be_absent() -> None:
    cache = Cache[int, str](10)
    cache.begin_fill([1, 2])

    assert cache.end_fill(1, "one")
    assert cache.end_fill(2, None)

    assert (cache.get(1), cache.get(2), cache.get(3)) == ("one", None, MISS)


def test_what_was_discarded_is_a_miss_absences_too() -> None:
    cache = filled(Cache[int, str](10), 1)
    cache.begin_fill([2])
    cache.end_fill(2, None)

    cache.discard(1)
    cache.discard(2)
    cache.discard(3)

    assert (cache.get(1), cache.get(2)) == (MISS, MISS)


def test_a_fill_begun_before_a_discard_is_not_kept() -> None:
    cache = Cache[int, str](10)
    cache.begin_fill([1, 2])
    cache.discard(1)

    assert not cache.end_fill(1, "old")
    assert cache.end_fill(2, "two")

    assert (cache.get(1), cache.get(2)) == (MISS, "two")


def test_a_fill_begun_before_everything_was_discarded_is_not_kept() -> None:
    cache = filled(Cache[int, str](10), 1)
    cache.begin_fill([2])
    cache.discard_all()

    assert not cache.end_fill(2, "old")
    assert (cache.get(1), cache.get(2), len(cache)) == (MISS, MISS, 0)


def test_what_is_doubted_is_a_miss_but_still_known_as_old() -> None:
    cache = filled(Cache[int, str](10), 1, 2, 3, 4, 5)
    cache.begin_fill([6, 7])
    cache.end_fill(6, None)
    cache.doubt_all()
    assert [cache.get(key) for key in range(1, 8)] == [MISS] * 7
    assert [cache.old(key) for key in range(1, 8)] == ["v1", "v2", "v3", "v4", "v5", None, None]
    assert not cache.end_fill(7, "read before")

    cache.begin_fill([1, 2])
    cache.end_fill(1, "new")
    cache.end_fill(2, None)
    cache.discard(3)
    cache.replace(4, "v4", "written")

    assert [cache.old(key) for key in range(1, 6)] == [None, None, None, None, "v5"]
    cache.doubt_all()
    assert [cache.old(key) for key in range(1, 6)] == ["new", None, None, None, "v5"]
    cache.discard_all()
    assert [cache.old(key) for key in range(1, 6)] == [None] * 5


def test_what_is_old_is_bounded_too() -> None:
    cache = Cache[int, str](100)
    for first in (0, 100, 200):
        filled(cache, *range(first, first + 100))
        cache.doubt_all()
    assert sum(cache.old(key) is not None for key in range(300)) <= 100
    assert cache.old(299) == "v299"


def test_a_new_fill_after_a_discard_is_kept() -> None:
    cache = Cache[int, str](10)
    cache.begin_fill([1])
    cache.discard(1)
    cache.end_fill(1, "old")

    assert cache.get(1) is MISS
    assert filled(cache, 1).get(1) == "v1"


def test_what_is_written_replaces_what_was_seen() -> None:
    cache = filled(Cache[int, str](10), 1)

    cache.replace(1, cache.get(1), "written")

    assert cache.get(1) == "written"


def test_what_is_written_is_not_kept_if_the_entry_was_discarded_meanwhile() -> None:
    cache = filled(Cache[int, str](10), 1)
    seen = cache.get(1)
    cache.discard(1)

    cache.replace(1, seen, "written")

    assert cache.get(1) is MISS


def test_what_is_written_is_not_kept_if_somebody_read_another_value_meanwhile() -> None:
    cache = filled(Cache[int, str](10), 1)
    seen = cache.get(1)
    cache.discard(1)
    cache.begin_fill([1])
    cache.end_fill(1, "read meanwhile")

    cache.replace(1, seen, "written")

    assert cache.get(1) is MISS


def test_a_read_begun_before_a_write_is_not_kept() -> None:
    cache = filled(Cache[int, str](10), 1)
    cache.begin_fill([1])
    cache.replace(1, cache.get(1), "written")

    assert not cache.end_fill(1, "v1")
    assert cache.get(1) == "written"


def test_what_was_never_seen_is_not_kept_when_written() -> None:
    cache = Cache[int, str](10)

    cache.replace(1, MISS, "written")

    assert cache.get(1) is MISS


def test_a_read_that_failed_leaves_nothing() -> None:
    cache = Cache[int, str](10)
    cache.begin_fill([1])
    cache.abandon_fill(1)

    assert not cache.end_fill(1, "late")
    assert cache.get(1) is MISS


def test_it_never_grows_beyond_its_bound_and_keeps_what_is_used() -> None:
    cache = Cache[int, str](640)
    for key in range(5000):
        filled(cache, key)
        cache.get(0)

    assert len(cache) <= 640
    assert cache.get(0) == "v0"
    assert cache.get(4999) == "v4999"
    assert cache.get(1) is MISS


def test_made_up_names_push_out_no_real_ones() -> None:
    cache = filled(Cache[int, str](80), *range(80))
    for key in range(1000, 9000):
        cache.begin_fill([key])
        cache.end_fill(key, None)

    assert all(cache.get(key) == f"v{key}" for key in range(80))
    assert len(cache) <= 80 + 10
    assert cache.get(8999) is None


def test_what_fits_is_discarded_in_one_pass_absences_and_fills_too() -> None:
    cache = filled(Cache[int, str](100), *range(10))
    cache.begin_fill([20, 22, 21])
    cache.end_fill(22, None)
    looked_at: list[int] = []

    cache.discard_where(lambda key: looked_at.append(key) or key % 2 == 0)

    assert sorted(looked_at) == [*range(10), 20, 21, 22]
    assert [cache.get(key) for key in (1, 2, 22)] == ["v1", MISS, MISS]
    assert not cache.end_fill(20, "read before")
    assert cache.end_fill(21, "not concerned")


def test_what_is_old_is_discarded_too_where_it_fits() -> None:
    cache = filled(Cache[int, str](10), 1, 2)
    cache.doubt_all()
    cache.discard_where(lambda key: key == 1)
    assert (cache.old(1), cache.old(2)) == (None, "v2")
