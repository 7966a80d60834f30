"""The challenge that a client gets (RFC 3261 §22, RFC 7616 §3.3)."""

from __future__ import annotations

from sipedge.auth.digest import MD5, SHA_256


def challenge(realm: str, nonce: str, algorithm: str, stale: bool) -> str:
    """The value of WWW-Authenticate or Proxy-Authenticate.

    algorithm: MD5 or SHA_256 of sipedge.auth.digest; one alone, as phones break on two (RFC 8760 would allow
    them). stale: the credentials were right, but their nonce cannot be taken any more.
    """
    if algorithm not in (MD5, SHA_256):
        raise ValueError(f"no digest algorithm of ours: {algorithm!r}")
    escaped = realm.replace("\\", "\\\\").replace('"', '\\"')
    value = f'Digest realm="{escaped}", nonce="{nonce}", algorithm={algorithm}, qop="auth"'
    return f"{value}, stale=true" if stale else value
