"""Whether a request proves by digest who sent it (RFC 3261 §22), and what it is owed if it does not.

Unknown user, user without credentials and wrong password give the same result for the same work. Whether
the user is active, and may do what is asked, is the caller's business and comes after this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sipedge.auth.digest import Authorization, DigestError, OtherSchemeError, parse_authorization, verify
from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.nonce import ONCE, NonceFactory, NonceLedger, NonceState
from sipedge.sip.message import Request


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The digest was right. username: without '@realm'. The identity comes from here, from no header."""

    username: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A (new) challenge is owed. stale: the digest was right, its nonce was not.

    failed: credentials for this realm were given and wrong: a guess, to be counted.
    """

    stale: bool
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The credentials cannot be read: this status is owed."""

    status_code: int
    reason: str


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
    request: Request,
    header_name: str,
    realm: str,
    username: str,
    credentials: Sequence[Ha1Set] | None,
    *,
    nonces: NonceFactory,
    ledger: NonceLedger,
    algorithm: str,
    now: float,
) -> Authenticated | Challenge | Refused:
    """Check the credentials of a request.

    header_name: 'Authorization' (401) or 'Proxy-Authorization' (407). username: whose `credentials` they are,
    as `digest_user` gave it; None for credentials: there is no such user. algorithm: the only one accepted.
    now: seconds, on the clock that the nonces were made with.

    The digest is checked before the nonce, so that a nonce of ours from before a restart is answered with
    stale=true by who knows the password (RFC 7616 §3.3), and a nonce is spent by a success alone.
    """
    try:
        authorization = find_authorization(request, header_name, realm)
    except DigestError as error:
        return Refused(error.status, error.reason)
    if authorization is None:
        return Challenge(stale=False)
    if authorization.algorithm != algorithm:
        return Challenge(stale=False)
    if not verify(authorization, request.method, credentials or (), username, realm):
        return Challenge(stale=False, failed=True)
    nonce = authorization.nonce
    if nonces.check(nonce, realm, now) is not NonceState.FRESH:
        return Challenge(stale=True)
    if not ledger.use(nonce, authorization.nonce_count if authorization.qop else ONCE, now):
        return Challenge(stale=True)
    return Authenticated(username)
