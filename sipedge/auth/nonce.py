"""Nonces that need no memory until they are used, and the memory of those that were (RFC 7616 §3.3, §3.4).

A nonce is signed with a key of the process and bound to its realm and to the source that it is sent to, so
challenging costs no state, and who brings a nonce back has shown that he gets what is sent to that source: failures
are counted, and addresses banned, by that alone. The source is an address without its port (of IPv6 the /64): a phone
may change ports behind its NAT. One that changes its address, from WLAN to 4G or from IPv6 to IPv4, gets one more
challenge. Only a success (the digest was right) is written into the ledger, so strangers cannot fill it.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from hashlib import blake2s
from hmac import compare_digest
from typing import Final

SALT_LENGTH: Final = 8
_TIME_DIGITS: Final = 12  # hex, milliseconds: enough until the year 10889
_STAMP_DIGITS: Final = _TIME_DIGITS + 2 * SALT_LENGTH
_MAC_LENGTH: Final = 10
_NONCE_DIGITS: Final = _STAMP_DIGITS + 2 * _MAC_LENGTH
_SALT_BITS: Final = 8 * SALT_LENGTH
_DROPPED_AT_ONCE: Final = 4  # more than one comes in at a time, and no pause after an idle hour
ONCE: Final = 2**32  # above every nonce_count: credentials without qop use their nonce up


class NonceState(Enum):
    """FRESH: ours and in time. STALE: ours, out of time. FORGED: not ours, of another process, or sent to others."""

    FRESH = "fresh"
    STALE = "stale"
    FORGED = "forged"


_FRESH = NonceState.FRESH  # looked up once: an Enum's members are slow to reach
_FORGED = NonceState.FORGED


class NonceFactory:
    """Makes and checks nonces. key: 32 random bytes of this process. lifetime: seconds."""

    __slots__ = ("_key", "_lifetime")

    def __init__(self, key: bytes, lifetime: float) -> None:
        if not 16 <= len(key) <= blake2s.MAX_KEY_SIZE:
            raise ValueError("a nonce key has 16 to 32 bytes")
        self._key = key
        self._lifetime = lifetime

    def make(self, realm: str, source: str, now: float, salt: bytes) -> str:
        """A new nonce. source: who it is sent to, as `guards.source_of` writes it. now: seconds, of the clock that
        `check` gets. salt: SALT_LENGTH bytes, never twice.
        """
        if len(salt) != SALT_LENGTH:
            raise ValueError(f"a nonce salt has {SALT_LENGTH} bytes")
        stamp = f"{int(now * 1000):0{_TIME_DIGITS}x}{salt.hex()}"
        return stamp + self._mac(stamp, realm, source)

    def check(self, nonce: str, realm: str, source: str, now: float) -> NonceState:
        """Whose a nonce is and whether it is in time. One from the future (the clock was set) is stale."""
        if len(nonce) != _NONCE_DIGITS or not nonce.isascii():
            return _FORGED
        stamp = nonce[:_STAMP_DIGITS]
        if not compare_digest(self._mac(stamp, realm, source), nonce[_STAMP_DIGITS:]):
            return _FORGED
        age = now - int(stamp[:_TIME_DIGITS], 16) / 1000
        return _FRESH if -1 <= age <= self._lifetime else NonceState.STALE

    def _mac(self, stamp: str, realm: str, source: str) -> str:
        message = f"{stamp}{source} {realm}".encode("utf-8", "surrogateescape")
        return blake2s(message, key=self._key, digest_size=_MAC_LENGTH).hexdigest()


class NonceLedger:
    """The highest nonce_count seen with each nonce, for at most max_size nonces. lifetime: the factory's.

    An entry is forgotten when its nonce is out of time, or when a new one needs its room. From then on no
    unknown nonce is accepted that was made before the forgotten one or with it: so what was forgotten cannot
    be replayed, and a ledger that is too small costs further challenges, never a false acceptance.
    """

    __slots__ = ("_counts", "_horizon", "_lifetime", "_max_size", "_order")

    def __init__(self, max_size: int, lifetime: float) -> None:
        self._max_size = max_size
        self._lifetime = lifetime
        self._counts: dict[int, int] = {}  # by the number that time and salt make: ~150 bytes each in all
        self._order: deque[int] = deque()  # by first use
        self._horizon = -1

    def __len__(self) -> int:
        return len(self._counts)

    def use(self, nonce: str, nonce_count: int, now: float) -> bool:
        """Note a use of a nonce that `check` called FRESH. False: a replay (or forgotten); it is stale.

        nonce_count: strictly rising for each nonce; ONCE where the credentials have none.
        """
        key = int(nonce[:_STAMP_DIGITS], 16)
        known = self._counts.get(key)
        if known is None:
            if key >> _SALT_BITS <= self._horizon:
                return False
            self._make_room(now)
            self._order.append(key)
        elif nonce_count <= known:
            return False
        self._counts[key] = nonce_count
        return True

    def _make_room(self, now: float) -> None:
        oldest_in_time = int((now - self._lifetime) * 1000)
        for _ in range(_DROPPED_AT_ONCE):
            if not self._order:
                return
            made = self._order[0] >> _SALT_BITS
            if made >= oldest_in_time and len(self._counts) < self._max_size:
                return
            self._horizon = max(self._horizon, made)
            del self._counts[self._order.popleft()]
