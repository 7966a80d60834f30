"""Our account at a gateway: which of its challenges are answered, and the nonces that it gave (RFC 3261 §22, RFC 7616).

A digest is something to try passwords on, and for whoever sits between it is the request itself, made under our name.
So of all challenges those of one realm are answered: the one that the operator wrote down, else that of the first
challenge, which is kept. One that comes from behind the gateway, from a callee say, names another.

A nonce is used again, counted up, until the gateway wants another: the next call costs no round trip more. Requests
that overtake each other may come with a count that is lower than one before: then there is one more challenge.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sipedge.auth.answer import MAX_NONCE_COUNT, ServerChallenge, credentials, read_challenges
from sipedge.facts import GatewayAccount
from sipedge.sip.message import Request, Response

CHALLENGES: Final = (401, 407)
MAX_ANSWERS: Final = 2  # of one request: see may_answer
_HEADERS: Final = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


class Learned(NamedTuple):
    """What a challenge came to. can_answer: its credentials are ready. why_not: in words, '' where they are. stale: it
    says that the credentials before were right."""

    can_answer: bool
    why_not: str = ""
    stale: bool = False


class _Kept:
    """A challenge, and how often its nonce was used. header: where its answer goes."""

    __slots__ = ("challenge", "header", "used")

    def __init__(self, header: str, challenge: ServerChallenge) -> None:
        self.header = header
        self.challenge = challenge
        self.used = 0


class AccountState:
    """One account and what was learned of its gateway.

    realm: the one that is answered; '' while none is known. REGISTER has a memory of its own: a registrar challenges by
    401, a proxy by 407.
    """

    def __init__(self, account: GatewayAccount) -> None:
        self.account = account
        self.realm = account.realm
        self._kept: dict[bool, _Kept] = {}  # by whether it is for REGISTER

    def learn(self, response: Response, method: str) -> Learned:
        """Keep the challenge of a 401 or 407 to a request of this method, if it is one that is answered."""
        asked, answered = _HEADERS[response.status_code]
        readable = read_challenges(response.get_all(asked))
        fitting = [one for one in readable if self.realm in ("", one.realm_name)]
        self._kept.pop(method == "REGISTER", None)
        if not fitting:
            return Learned(can_answer=False, why_not=self._why_not(readable))
        challenge = fitting[0]  # RFC 8760 §2.4: the topmost that is understood
        self.realm = self.realm or challenge.realm_name
        self._kept[method == "REGISTER"] = _Kept(answered, challenge)
        return Learned(can_answer=True, stale=challenge.stale)

    def sign(self, request: Request, cnonce: str) -> tuple[str, str] | None:
        """Put credentials into a request as it is sent, in place, where a nonce is known. cnonce: unforeseeable.

        Returns the header field; None: there is none.
        """
        kept = self._kept.get(request.method == "REGISTER")
        if kept is None:
            return None
        kept.used += 1
        if kept.used > MAX_NONCE_COUNT:
            del self._kept[request.method == "REGISTER"]
            return None
        username, password, _ = self.account
        value = credentials(
            kept.challenge, username, password, request.method, request.request_uri,
            nonce_count=kept.used, cnonce=cnonce,
        )  # fmt: skip
        request.set(kept.header, value)
        return kept.header, value

    def _why_not(self, readable: list[ServerChallenge]) -> str:
        if not readable:
            return "its challenge is none that can be answered"
        return f"its challenge is for the realm {readable[0].realm_name!r}, the account for {self.realm!r}"


def may_answer(answered: int, learned: Learned) -> bool:
    """Whether the next challenge of one request is answered. answered: how many of it were.

    The same password is no better the second time, but for a nonce that had run out meanwhile (stale).
    """
    return learned.can_answer and (answered == 0 or (answered == 1 and learned.stale))
