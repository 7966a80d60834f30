"""A bounded copy of facts, with what is known not to exist.

It is right under two races. A fill that was begun before the entry was discarded (by a NOTIFY, or by our own
commit) brings a value that may be old: it is not kept. And a value is replaced only by whoever saw the one
before.

Known absences are kept apart, so that a scanner's made-up names push out only each other.

After a loss of the connection anything may have changed: all must be asked for again. Until somebody can be asked, what
was known before is better than nothing for a call (PostgreSQL may go away again at once), so it is kept as `old`.
"""

from collections.abc import Callable, Hashable, Iterable
from itertools import islice
from typing import Final, Generic, Literal, TypeVar

from sipedge.store.interfaces import MISS, Miss

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ABSENCES_PER_ENTRY: Final = 1 / 8
"""How many absences are kept for each entry that is allowed."""
EVICTED_AT_ONCE: Final = 1 / 64
"""Share of the entries dropped together when the cache is full, so that looking for the oldest costs little.
"""


class Cache(Generic[K, V]):
    """Least recently used entries go first. Not thread-safe: one event loop owns it.

    The order of use is kept only while more than half of `max_entries` is in use: before that nothing is near
    eviction.
    """

    __slots__ = ("_absent", "_entries", "_filling", "_max_absent", "_max_entries", "_old", "_ordered_above")

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._max_absent = max(1, int(max_entries * ABSENCES_PER_ENTRY))
        self._ordered_above = max_entries // 2
        self._entries: dict[K, V] = {}
        self._absent: dict[K, None] = {}
        self._old: dict[K, V] = {}
        self._filling: dict[K, bool] = {}

    def __len__(self) -> int:
        """Entries and absences kept now."""
        return len(self._entries) + len(self._absent)

    def get(self, key: K) -> V | Literal[Miss.MISS] | None:
        """The value, None when it is known not to exist, MISS when nothing is known."""
        entries = self._entries
        value = entries.get(key, MISS)
        if value is MISS:
            return None if key in self._absent else MISS
        if len(entries) > self._ordered_above:
            del entries[key]
            entries[key] = value
        return value

    def old(self, key: K) -> V | None:
        """What was known of `key` before everything became doubtful, if it has not been asked for since."""
        return self._old.get(key)

    def begin_fill(self, keys: Iterable[K]) -> None:
        """Values of `keys` are about to be read from the database; `end_fill` must follow for each."""
        for key in keys:
            self._filling[key] = True

    def end_fill(self, key: K, value: V | None) -> bool:
        """Keep what was read. False: the key was discarded since `begin_fill`, so the value was not kept."""
        fresh = self._filling.pop(key, False)
        if fresh:
            self._keep(key, value)
        return fresh

    def abandon_fill(self, key: K) -> None:
        """Reading failed: nothing was learnt."""
        self._filling.pop(key, None)

    def replace(self, key: K, before: V | Literal[Miss.MISS] | None, value: V) -> None:
        """We wrote `value` to the database, knowing `before`: keep it if `before` is still what is here.

        If it is not, somebody discarded or read it meanwhile, and which of the two is newer cannot be said:
        forget it.
        """
        if before is not MISS and self._entries.get(key, MISS) is before:
            self._entries[key] = value
            if self._old:
                self._old.pop(key, None)
            if key in self._filling:
                self._filling[key] = False
        else:
            self.discard(key)

    def discard(self, key: K) -> None:
        """What is known of `key`, absence included, and what is being read now, is stale."""
        self._entries.pop(key, None)
        self._absent.pop(key, None)
        self._old.pop(key, None)
        if key in self._filling:
            self._filling[key] = False

    def discard_where(self, is_stale: Callable[[K], object]) -> None:
        """The same for all keys of which `is_stale` holds; looks at each that is kept, once."""
        for known in (self._entries, self._absent, self._old):
            for key in [key for key in known if is_stale(key)]:
                del known[key]
        for key in self._filling:
            if is_stale(key):
                self._filling[key] = False

    def discard_all(self) -> None:
        """Everything is stale."""
        self.doubt_all()
        self._old.clear()

    def doubt_all(self) -> None:
        """Everything may be stale: nothing is known any more, but as `old`."""
        self._old.update(self._entries)
        _evict(self._old, self._max_entries)
        self._entries.clear()
        self._absent.clear()
        self._filling = dict.fromkeys(self._filling, False)

    def _keep(self, key: K, value: V | None) -> None:
        self._old.pop(key, None)
        if value is None:
            self._absent[key] = None
            _evict(self._absent, self._max_absent)
        else:
            self._entries[key] = value
            _evict(self._entries, self._max_entries)


def _evict(entries: dict[K, V], max_entries: int) -> None:
    """Drop the oldest entries if there are more than `max_entries`."""
    if len(entries) > max_entries:
        surplus = len(entries) - max_entries + int(max_entries * EVICTED_AT_ONCE)
        for key in list(islice(entries, surplus)):
            del entries[key]
