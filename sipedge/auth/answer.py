"""Answering the challenge of another server as a client does (RFC 3261 §22, RFC 7616 §3.4, RFC 8760).

The edge is such a client towards gateways alone: to register there, and where they challenge the calls that they get.
MD5 and SHA-256, with qop=auth or without qop (RFC 2069); not auth-int, not the -sess algorithms.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from sipedge.auth.digest import MD5, SHA_256, Authorization, DigestError, parse_parameters, response

MAX_CHALLENGE_LENGTH: Final = 4096
MAX_NONCE_COUNT: Final = 2**32 - 1  # eight hex digits (RFC 7616 §3.4)

_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'(["\\])')


class ServerChallenge(NamedTuple):
    """A challenge that we can answer.

    realm, nonce, opaque: as written between the quotes, since they go back so. algorithm: MD5 or SHA_256 of
    auth/digest.py. qop: 'auth', or '' where the server knows none. names_algorithm: whether it said which one. stale:
    the credentials were right, but their nonce is not taken any more.
    """

    realm: str
    nonce: str
    algorithm: str = MD5
    qop: str = ""
    opaque: str | None = None
    names_algorithm: bool = True
    stale: bool = False

    @property
    def realm_name(self) -> str:
        """The realm without escapes, as somebody would write it down."""
        return _QUOTED_PAIR.sub(r"\1", self.realm)


def read_challenges(values: Iterable[str]) -> list[ServerChallenge]:
    """Those challenges among the lines of WWW-Authenticate or Proxy-Authenticate that can be answered, in their order.

    Of others nothing is said: an unknown scheme or algorithm is passed over (RFC 8760 §2.4), and so is what cannot be
    read.
    """
    return [challenge for value in values if (challenge := _read(value)) is not None]


def _read(value: str) -> ServerChallenge | None:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "digest" or len(value) > MAX_CHALLENGE_LENGTH or not value.isprintable():
        return None
    try:
        params = parse_parameters(rest)
    except DigestError:
        return None
    algorithm = params.get("algorithm", MD5).upper()
    offered = [word.strip().lower() for word in params.get("qop", "").split(",") if word.strip()]
    if algorithm not in (MD5, SHA_256) or "realm" not in params or not params.get("nonce"):
        return None
    if offered and "auth" not in offered:
        return None  # auth-int alone
    return ServerChallenge(
        params["realm"],
        params["nonce"],
        algorithm,
        "auth" if offered else "",
        params.get("opaque"),
        "algorithm" in params,
        params.get("stale", "").lower() == "true",
    )


def credentials(
    challenge: ServerChallenge, username: str, password: str, method: str, uri: str, *, nonce_count: int, cnonce: str
) -> str:
    """The value of Authorization or Proxy-Authorization that answers a challenge.

    method, uri: of the request as it is sent. nonce_count: 1 for the first use of the nonce, then counted up; cnonce:
    a token that nobody can foresee. Both are left out where the server knows no qop.
    """
    nc = f"{nonce_count:08x}" if challenge.qop else ""
    answer = Authorization(
        username, challenge.realm, challenge.nonce, uri, "", challenge.algorithm, challenge.qop,
        cnonce if challenge.qop else "", nc, nonce_count if challenge.qop else 0,
    )  # fmt: skip
    ha1 = _hash(challenge.algorithm, f"{username}:{challenge.realm}:{password}")
    shown = _TO_ESCAPE.sub(r"\\\1", username)
    parts = [
        f'username="{shown}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{uri}"',
        f'response="{response(answer, method, ha1)}"',
    ]
    if challenge.names_algorithm:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.qop:
        parts.append(f'cnonce="{cnonce}", qop=auth, nc={nc}')
    if challenge.opaque is not None:
        parts.append(f'opaque="{challenge.opaque}"')
    return "Digest " + ", ".join(parts)


def _hash(algorithm: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if algorithm == SHA_256:
        return hashlib.sha256(data).digest()
    return hashlib.md5(data, usedforsecurity=False).digest()
