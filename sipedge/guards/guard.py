"""The guard: who is not listened to, whose credentials are not checked, and who is banned.

Failed logins are counted for (source, address-of-record), for the source and for the address-of-record. Only failures
with a fresh nonce count, and a nonce is good for the source that it was sent to alone: so whoever spoofs his address
cannot have its owner banned. An address-of-record counts whether or not it exists.

* (source, AoR) over its budget: its credentials are not checked until the window ends. The answer is a wrong
  password's, for the same work, so a guesser does not see it.
* Source over its budget: a ban. Of one AoR only the first few failures count here, so that one phone with an old
  password does not ban its office.
* AoR over its budget, attacked from many sources: a source where it is not registered gets two tries instead of ten.
  The right password is taken at the first try from anywhere, so no stranger locks anybody out.

All of it is decided from memory. What other edges should know is taken by `take_counts` and `take_bans`, what they
know comes by `learn` and `adopt`, and nothing here notices when nobody calls these. Requests that prove nothing take
tokens from their source's bucket; each that proves who sent it gives some back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal, TypeAlias

from sipedge.guards.bans import Ban, BanBook, next_ban
from sipedge.guards.budgets import Counters
from sipedge.guards.rates import Rates
from sipedge.guards.sources import source_of

Aor: TypeAlias = tuple[int, str]
"""(domain_id, username in lower case), whether it exists or not."""
Counted: TypeAlias = tuple[Literal["pair", "source", "aor"], str, int, str]
"""What is counted, as edges share it: kind, source ('' for an AoR), domain_id and username (0, '' for a source)."""

GIVEN_BACK: Final = 10.0
"""Tokens for a proof: the request before it, which got the challenge, a call's ACK and BYE, and retransmissions."""
BURST_SECONDS: Final = 10.0
"""A full bucket holds what comes back in this time: all phones of an office that switch on at once."""
ATTENTION: Final = (20.0, 100.0)
"""Messages a second, and at once, that are still read of a banned source, for the sake of phones that are at home
there."""
MAX_SOURCES: Final = 100_000
MAX_PENDING: Final = 20_000
SHARED_FROM: Final = 3
"""Failures of one (source, AoR) from which on other edges are told: a sprayer's single tries are not."""
_LONGEST_NAME: Final = 64
_HEALTH_CHECKS: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """rate: requests a second without proof, 0 for no limit. window: seconds. The rest: failures in a window.

    counted: how many failures of one AoR count for its source.
    """

    rate: float = 1000.0
    window: float = 300.0
    pair: int = 10
    source: int = 100
    aor: int = 50
    aor_elsewhere: int = 2
    counted: int = 5


class Guard:
    """One edge's guard. spares: whether an address is trusted (a gateway's), and so neither limited nor banned.

    `now`: seconds of a monotonic clock. `wall`: seconds since the epoch. `host`: an IP literal.
    """

    def __init__(self, limits: GuardLimits, spares: Callable[[str], bool]) -> None:
        self.limits = limits
        self.bans = BanBook()
        self._spares = spares
        self._rates = Rates(limits.rate, limits.rate * BURST_SECONDS, MAX_SOURCES) if limits.rate > 0 else None
        self._attention = Rates(*ATTENTION, MAX_SOURCES)
        self._watched: dict[str, float] = {}
        self._banned: dict[str, float] = {}
        self._pairs: Counters[tuple[str, int, str]] = Counters(limits.window, MAX_SOURCES)
        self._aors: Counters[Aor] = Counters(limits.window, MAX_SOURCES)
        self._sources: Counters[str] = Counters(limits.window, MAX_SOURCES)
        self._counts: dict[Counted, int] = {}
        self._unsaid: dict[str, Ban] = {}

    # --- before a message is read ---------------------------------------------------------------------------------

    def refuses(self, host: str, now: float) -> bool:
        """Whether a message is thrown away unread: its source is over its rate, or banned."""
        until = self._watched.get(host if ":" not in host else source_of(host))
        return until is not None and self._refuses(host, until, now)

    def is_banned(self, host: str, now: float) -> bool:
        """Whether the source is banned. What `refuses` lets through of it may only be from those at home there."""
        return bool(self._banned) and now < self._banned.get(source_of(host), 0.0) and not self._spares(host)

    def _refuses(self, host: str, until: float, now: float) -> bool:
        source = source_of(host)
        if now >= until:
            del self._watched[source]
            self._banned.pop(source, None)
            return False
        if self._spares(host):
            return False
        return now >= self._banned.get(source, 0.0) or not self._attention.take_if_any(source, now)

    # --- tokens -----------------------------------------------------------------------------------------------------

    def charge(self, host: str, now: float) -> bool:
        """Take a token for a request that has proved nothing yet. True: this was the last one of its source."""
        if self._rates is None:
            return False
        source = host if ":" not in host else source_of(host)
        wait = self._rates.take(source, now)
        return wait > 0 and self._hush(host, source, now + wait)

    def proven(self, host: str) -> None:
        """A request proved who sent it: its source gets tokens back."""
        if self._rates is not None:
            source = host if ":" not in host else source_of(host)
            self._rates.give_back(source, GIVEN_BACK)
            if self._banned:
                self._attention.give_back(source, GIVEN_BACK)

    def _hush(self, host: str, source: str, until: float) -> bool:
        if self._rates is not None and (source in _HEALTH_CHECKS or self._spares(host)):
            self._rates.fill(source)
            return False
        self._watched[source] = max(until, self._watched.get(source, 0.0))
        return True

    # --- credentials ------------------------------------------------------------------------------------------------

    @property
    def is_wary(self) -> bool:
        """Whether `may_check` has to be asked at all: somebody failed or was banned lately."""
        return len(self._aors) > 0 or len(self._banned) > 0

    def suspects(self, host: str, aor: Aor, now: float) -> bool:
        """Whether there is anything that `is_banned` and `may_check` would have to weigh."""
        return (len(self._aors) > 0 and self._aors.count(_key(aor), now) > 0) or self.is_banned(host, now)

    def may_check(self, host: str, aor: Aor, now: float, is_at_home: Callable[[], bool]) -> bool:
        """Whether credentials from this source for this AoR are checked at all; if not, they are wrong, whatever they
        are. is_at_home: whether the AoR is registered from there; only asked when it matters.
        """
        key = _key(aor)
        of_aor = self._aors.count(key, now)
        if not of_aor:
            return True
        of_pair = self._pairs.count((source_of(host), *key), now)
        if of_pair >= self.limits.pair:
            return False
        return of_aor < self.limits.aor or of_pair < self.limits.aor_elsewhere or is_at_home()

    def failed(self, host: str, aor: Aor, now: float, wall: float) -> Ban | None:
        """Credentials with a fresh nonce were wrong. Gives the ban that follows from it, if one does."""
        source, key = source_of(host), _key(aor)
        of_pair = self._pairs.add((source, *key), now)
        self._aors.add(key, now)
        if of_pair >= SHARED_FROM:
            self._count(("pair", source, *key), SHARED_FROM if of_pair == SHARED_FROM else 1)
        self._count(("aor", "", *key))
        if of_pair > self.limits.counted:
            return None
        self._count(("source", source, 0, ""))
        return self._judge(source, self._sources.add(source, now), now, wall, host)

    def _judge(self, source: str, failures: int, now: float, wall: float, host: str = "") -> Ban | None:
        if failures < self.limits.source or now < self._banned.get(source, 0.0) or (host and self._spares(host)):
            return None
        ban = next_ban(self.bans.get(source), source, f"{failures} failed logins", wall)
        self.adopt(ban, now, wall)
        self._unsaid[source] = ban
        return ban

    # --- what edges tell each other ---------------------------------------------------------------------------------

    def adopt(self, ban: Ban, now: float, wall: float) -> bool:
        """Somebody said this of a source. Gives whether it is news, and the source is banned now."""
        if not self.bans.adopt(ban):
            return False
        source = ban.source
        if ban.is_active(wall):
            self._banned[source] = self._watched[source] = now + ban.until - wall
            return True
        self._banned.pop(source, None)
        self._watched.pop(source, None)
        self._sources.forget(lambda key: key == source)
        self._pairs.forget(lambda key: key[0] == source)
        return False

    def take_bans(self) -> list[Ban]:
        """The bans made here since the last time."""
        bans, self._unsaid = list(self._unsaid.values()), {}
        return bans

    def take_counts(self, most: int) -> list[tuple[Counted, int]]:
        """Failures counted here since the last time, at most so many keys."""
        taken = [(key, self._counts[key]) for key, _ in zip(self._counts, range(most), strict=False)]
        for key, _ in taken:
            del self._counts[key]
        return taken

    def put_back(self, counts: Iterable[tuple[Counted, int]], bans: Iterable[Ban]) -> None:
        """These could not be told: keep them for the next time."""
        for key, number in counts:
            self._count(key, number)
        for ban in bans:
            self._unsaid.setdefault(ban.source, ban)

    def learn(self, key: Counted, total: int, now: float, wall: float) -> Ban | None:
        """All edges together counted so many. Gives the ban that follows from it, if one does."""
        kind, source, domain_id, username = key
        total += self._counts.get(key, 0)
        if kind == "source":
            return self._judge(source, self._sources.learn(source, total, now), now, wall)
        if kind == "aor":
            self._aors.learn((domain_id, username), total, now)
        else:
            self._pairs.learn((source, domain_id, username), total, now)
        return None

    def tidy(self, now: float, wall: float) -> None:
        """Forget what ended. To be called every few seconds."""
        self._pairs.forget_ended(now)
        self._aors.forget_ended(now)
        self._sources.forget_ended(now)
        for known in (self._watched, self._banned):
            for source in [source for source, until in known.items() if now >= until]:
                del known[source]
        self.bans.forget_old(wall)

    def counts(self) -> dict[str, int]:
        """Figures for metrics."""
        return {"banned_sources": len(self._banned), "counted_sources": len(self._sources)}

    def _count(self, key: Counted, number: int = 1) -> None:
        if key in self._counts or len(self._counts) < MAX_PENDING:
            self._counts[key] = self._counts.get(key, 0) + number


def shared_name(key: Counted) -> str:
    """The Redis key of a counter: of one length, and without what a stranger wrote."""
    kind, source, domain_id, username = key
    text = "\0".join((source, str(domain_id), username)).encode("utf-8", "surrogateescape")
    return f"freiton:guard:{kind}:{blake2b(text, digest_size=16).hexdigest()}"


def _key(aor: Aor) -> Aor:
    """An AoR as a key that nobody can make long."""
    if len(aor[1]) <= _LONGEST_NAME:
        return aor
    return aor[0], blake2b(aor[1].encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
