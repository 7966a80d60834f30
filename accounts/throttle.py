"""Guessing at the login page: failures are counted by account and by source, and cost a wait.

An account is not shut for everybody because a stranger guesses at it: from where its owner has logged in before, only
the budget of that pair of account and source counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from accounts.hits import add_hit, forget_hits, hits
from accounts.usernames import login_key

WINDOW = 15 * 60
PAIR_LIMIT = 5
# An office behind one address: ten people who mistype three times each.
SOURCE_LIMIT = 30
# Guessing at one account from many sources: 50 tries in 15 minutes are 4,800 a day, hopeless against Argon2's choices.
ACCOUNT_LIMIT = 50
KNOWN_FOR = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One try: the user name as typed and the address it came from."""

    username: str
    source: str

    def is_refused(self) -> bool:
        """True while this source, or this account, has used up its failures."""
        if hits(self._pair) >= PAIR_LIMIT or hits(self._source) >= SOURCE_LIMIT:
            return True
        return hits(self._account) >= ACCOUNT_LIMIT and not hits(self._known)

    def failed(self) -> None:
        """Count a wrong password."""
        for key in (self._pair, self._source, self._account):
            add_hit(key, WINDOW)

    def succeeded(self) -> None:
        """Forget this pair's failures and remember that the owner comes from here."""
        forget_hits(self._pair)
        add_hit(self._known, KNOWN_FOR)

    @property
    def _pair(self) -> str:
        return _key("pair", login_key(self.username), self.source)

    @property
    def _source(self) -> str:
        return _key("source", self.source)

    @property
    def _account(self) -> str:
        return _key("account", login_key(self.username))

    @property
    def _known(self) -> str:
        return _key("known", login_key(self.username), self.source)


def _key(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"login-{kind}:{digest}"
