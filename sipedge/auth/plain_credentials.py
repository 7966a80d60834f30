"""Digest credentials as nearly all phones write them, read in one go.

What this does not recognise is no error: `parse_authorization` reads that. What it does, that one reads in the same
way.
"""

from __future__ import annotations

import re
from typing import Final

from sipedge.auth.digest import MD5, SHA_256, Authorization

_QUOTED: Final = r'"([ !#-+\--\[\]-~]*)"'  # printable, without quote, comma and backslash
_PARAMS: Final = (
    f"username={_QUOTED}",
    f"realm={_QUOTED}",
    f"nonce={_QUOTED}",
    f"uri={_QUOTED}",
    f"response={_QUOTED}",
    f"algorithm=({MD5}|{SHA_256})",
    r'qop=(auth|"auth")',
    f"cnonce={_QUOTED}",
    r"nc=([0-9A-Fa-f]{8})",
)
_CREDENTIALS: Final = re.compile(rf"(?:(?:{'|'.join(_PARAMS)})(?:, ?|$))+")


def read_plain_credentials(text: str) -> Authorization | None:
    """Read what stands behind 'Digest ', with qop=auth; None where it is written otherwise."""
    found = _CREDENTIALS.fullmatch(text)
    if found is None:
        return None
    username, realm, nonce, uri, response, algorithm, _qop, cnonce, nc = groups = found.groups()
    missing = groups.count(None)
    if missing > (algorithm is None) or text.count(",") != len(_PARAMS) - missing - 1:
        return None
    # As Authorization(…), but for the call: one is made for every registration.
    values = (username, realm, nonce, uri, response, algorithm or MD5, "auth", cnonce, nc, int(nc, 16))
    return tuple.__new__(Authorization, values)
