"""Whether a request proves by digest who sent it (RFC 3261 §22), and what it is owed if it does not.

Unknown user, user without credentials and wrong password give the same result for the same work. Whether
the user is active, and may do what is asked, is the caller's business and comes after this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sipedge.auth.digest import Authorization, OtherSchemeError, parse_authorization, verify
from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.nonce import ONCE, NonceLedger
from sipedge.sip.message import Request


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The digest was right. username: without '@realm'. The identity comes from here, from no header."""

    username: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A (new) challenge is owed. stale: the nonce cannot be taken (any more), whether or not the digest was right.

    failed: the nonce was taken, and the digest was wrong: a guess, to be counted. replayed: the digest was right, but
    its nonce had been used so before.
    """

    stale: bool
    failed: bool = False
    replayed: bool = False


def find_authorization(request: Request, header_name: str, realm: str) -> Authorization | None:
    """The digest credentials for a realm in 'Authorization' or 'Proxy-Authorization', None: there are none.

    Credentials of other schemes and realms are passed over (§22.3). Raises DigestError (400).
    """
    for value in request.get_all(header_name):
        try:
            authorization = parse_authorization(value)
        except OtherSchemeError:
            continue
        if authorization.realm == realm:
            return authorization
    return None


def digest_user(authorization: Authorization) -> str:
    """The username that the credentials are of, without '@realm'; with another domain it stays as it is."""
    name, at, domain = authorization.username.rpartition("@")
    return name if at and domain == authorization.realm else authorization.username


def authenticate(
    method: str,
    authorization: Authorization,
    username: str,
    credentials: Sequence[Ha1Set] | None,
    *,
    is_fresh: bool,
    ledger: NonceLedger,
    algorithm: str,
    now: float,
) -> Authenticated | Challenge:
    """Check digest credentials of a request.

    method: of the request. username: whose `credentials` they are, as `digest_user` gave it; None for credentials:
    there is no such user, or he is not to be found out. is_fresh: whether NonceFactory.check called the nonce FRESH.
    algorithm: the only one accepted. now: seconds, on the clock that the nonces were made with.

    The digest is looked at only where the nonce is fresh: were it looked at before, stale=true would say that a guess
    was right, uncounted, to whoever makes his nonces up. RFC 7616 §3.3 has stale=true for any nonce that is invalid.
    A nonce is spent by a success alone.
    """
    if authorization.algorithm != algorithm:
        return Challenge(stale=False)
    if not is_fresh:
        return Challenge(stale=True)
    if not verify(authorization, method, credentials or (), username, authorization.realm):
        return Challenge(stale=False, failed=True)
    if not ledger.use(authorization.nonce, authorization.nonce_count if authorization.qop else ONCE, now):
        return Challenge(stale=True, replayed=True)
    return Authenticated(username)
