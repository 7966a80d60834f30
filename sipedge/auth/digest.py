"""HTTP digest as SIP uses it (RFC 3261 §22, RFC 7616, RFC 8760): reading credentials and checking them.

MD5 and SHA-256, with qop=auth or without qop (RFC 2069). Not taken: auth-int and the -sess algorithms,
which no phone needs. Checked against HA1, so no password is ever here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from hmac import compare_digest
from typing import Final, NamedTuple

from sipedge.auth.ha1 import Ha1Set

MAX_CREDENTIALS: Final = 5  # a subscriber has no more
MOST_TRIED: Final = MAX_CREDENTIALS + 1  # a gateway's account may have the same name
MAX_AUTHORIZATION_LENGTH: Final = 4096

MD5: Final = "MD5"
SHA_256: Final = "SHA-256"

# One name=value each; the rest from where that fails lands in the last group, so nothing is tried twice.
_PARAM = re.compile(
    r"([!#-'*+.0-9A-Z^-z|~-]++)[ \t]*+=[ \t]*+"
    r'(?:"([^"\\]*+(?>(?:\\.[^"\\]*+)*))"|([^ \t",;=]++))[ \t]*+(?:,[ \t,]*+|$)|(.+)',
    re.DOTALL,
)
_NONCE_COUNT = re.compile(r"[0-9A-Fa-f]{1,8}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


class DigestError(ValueError):
    """The credentials cannot be read. status: what the sender is owed. reason: its reason phrase."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class OtherSchemeError(DigestError):
    """The credentials are not of the Digest scheme: as good as none (RFC 4475 §3.3.7)."""


class Authorization(NamedTuple):
    """Digest credentials of an Authorization or Proxy-Authorization header (a tuple: one for each request).

    username, realm: unescaped. nonce, uri, cnonce: as written, since they are hashed so.
    algorithm: upper-case, 'MD5' when absent. qop: '' when absent (RFC 2069). nonce_count: 0 when absent.
    """

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = MD5
    qop: str = ""
    cnonce: str = ""
    nc: str = ""
    nonce_count: int = 0


def parse_authorization(value: str) -> Authorization:
    """Read one header value. Raises DigestError (400), or OtherSchemeError when the scheme is not Digest."""
    if len(value) > MAX_AUTHORIZATION_LENGTH:
        raise DigestError("Authorization Too Long")
    return _parse_authorization(value)


@lru_cache(maxsize=64)  # a request's credentials are asked for by the handler and again when they are checked
def _parse_authorization(value: str) -> Authorization:
    scheme, _, rest = value.partition(" ")
    if scheme != "Digest" and scheme.lower() != "digest":
        raise OtherSchemeError("Not Digest")
    if not value.isprintable() and _CONTROL.search(value):
        raise DigestError("Control Character In Authorization")
    return _authorization(parse_parameters(rest))


def parse_parameters(text: str) -> dict[str, str]:
    """The parameters behind 'Digest', names in lower case, values without their quotes. Raises DigestError (400)."""
    params: dict[str, str] = {}
    found = _PARAM.findall(text.strip(" \t,"))
    for name, quoted, plain, garbage in found:
        if garbage:
            raise DigestError("Malformed Authorization")
        params[name.lower()] = plain or quoted
    if len(params) != len(found):
        raise DigestError("Doubled Authorization Parameter")
    return params


def _authorization(params: dict[str, str]) -> Authorization:
    get = params.get
    nc = get("nc", "")
    if nc and _NONCE_COUNT.fullmatch(nc) is None:
        raise DigestError("Malformed Nonce Count")
    try:
        authorization = Authorization(
            params["username"],
            params["realm"],
            params["nonce"],
            params["uri"],
            params["response"],
            get("algorithm", MD5).upper(),
            get("qop", "").lower(),
            get("cnonce", ""),
            nc,
            int(nc, 16) if nc else 0,
        )
    except KeyError as error:
        raise DigestError(f"Authorization Without {str(error.args[0]).title()}") from error
    if "\\" in authorization.username or "\\" in authorization.realm:
        username, realm = (_QUOTED_PAIR.sub(r"\1", text) for text in authorization[:2])
        authorization = authorization._replace(username=username, realm=realm)
    if authorization.qop and not (nc and "cnonce" in params):
        raise DigestError("Authorization With Qop But Without Nc And Cnonce")
    return authorization


def response(authorization: Authorization, method: str, ha1: bytes) -> str:
    """The response (§3.4.1, lower-case hex) that these credentials should carry.

    method: of the request. ha1: 16 raw bytes for MD5, 32 for SHA-256. Raises DigestError for an algorithm
    or qop that is not ours.
    """
    digest, rest = _prepare(authorization, method)
    return digest(ha1.hex() + rest)


def verify(authorization: Authorization, method: str, credentials: Sequence[Ha1Set], username: str, realm: str) -> bool:
    """Whether the response is right by one of the credentials of `username` (given without '@realm').

    The digest user may be `username` or `username@realm`. A wrong one costs MOST_TRIED digests, however
    many credentials there are to try, none for an unknown user; so time does not tell who exists.
    Algorithms and qops that are not ours are wrong.
    """
    try:
        digest, rest = _prepare(authorization, method)
    except DigestError:
        return False
    tried = _ha1_values(authorization, credentials, username, realm)
    given = authorization.response.lower().encode("utf-8", "surrogateescape")
    for ha1 in tried:
        if compare_digest(digest(ha1.hex() + rest).encode(), given):
            return True
    for _ in range(MOST_TRIED - len(tried)):
        compare_digest(digest(_NOBODY[authorization.algorithm] + rest).encode(), given)
    return False


def verify_first(authorization: Authorization, method: str, credentials: Sequence[Ha1Set]) -> bool:
    """Whether the response is right by the first of the credentials, for the digest user without '@realm'.

    One digest, whether or not there are any. algorithm: MD5 or SHA_256. qop: 'auth'.
    """
    _, _, nonce, uri, response, algorithm, _, cnonce, nc, _ = authorization
    ha1 = None
    if credentials:
        ha1 = credentials[0].md5 if algorithm == MD5 else credentials[0].sha256
    secret = _NOBODY[algorithm] if ha1 is None else ha1.hex()
    right = _DIGESTS[algorithm](f"{secret}:{nonce}:{nc}:{cnonce}:auth:{_ha2(algorithm, method, uri)}")
    return compare_digest(right, response.lower()) and ha1 is not None


def _ha1_values(authorization: Authorization, credentials: Sequence[Ha1Set], username: str, realm: str) -> list[bytes]:
    long = authorization.username == f"{username}@{realm}"
    if authorization.realm != realm or not (long or authorization.username == username):
        return []
    if authorization.algorithm == MD5:
        found = [known.md5_at if long else known.md5 for known in credentials]
    else:
        found = [known.sha256_at if long else known.sha256 for known in credentials]
    return [ha1 for ha1 in found if ha1 is not None][:MOST_TRIED]


def _prepare(authorization: Authorization, method: str) -> tuple[Callable[[str], str], str]:
    """The digest function, and what is hashed behind HA1."""
    digest = _DIGESTS.get(authorization.algorithm)
    if digest is None:
        raise DigestError("Unsupported Digest Algorithm")
    ha2 = _ha2(authorization.algorithm, method, authorization.uri)
    if authorization.qop == "auth":
        return digest, f":{authorization.nonce}:{authorization.nc}:{authorization.cnonce}:auth:{ha2}"
    if authorization.qop:
        raise DigestError("Unsupported Digest Qop")
    return digest, f":{authorization.nonce}:{ha2}"


@lru_cache(maxsize=512)  # phones of one domain register with the same method and URI, so few values serve all
def _ha2(algorithm: str, method: str, uri: str) -> str:
    return _DIGESTS[algorithm](f"{method}:{uri}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


_DIGESTS: Final[dict[str, Callable[[str], str]]] = {MD5: _md5, SHA_256: _sha256}
_NOBODY: Final = {MD5: "0" * 32, SHA_256: "0" * 64}
