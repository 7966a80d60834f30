"""Control characters in header text (RFC 3261 §25.1), found cheaply when there are none.

CR and LF may end a line and nothing else. Other control characters may stand as a quoted-pair inside a
quoted string (`"\\<NUL>"`, RFC 4475 §3.1.1.2); HTAB is white space. Both ways, in and out, go through here.
"""

from __future__ import annotations

import re
from typing import Final

_ALL: Final = bytes(c for c in (*range(32), 127) if c != 9)
_CONTROLS = r"\x00-\x08\x0a-\x1f\x7f"
_WITHOUT_BARE = re.compile(
    rf'(?>(?:[^"{_CONTROLS}]++|"[^"\\{_CONTROLS}]*+(?>(?:\\[^\r\n][^"\\{_CONTROLS}]*+)*)")*)(?>(?:"[^{_CONTROLS}]*+)?)'
)


def only_line_ends(head: bytes, line_ends: int) -> bool:
    """Whether a header section has no control characters but those of its `line_ends` CRLF pairs."""
    return len(head) - len(head.translate(None, _ALL)) == 2 * line_ends


def has_stray_line_end(head: bytes, line_ends: int) -> bool:
    """Whether CR or LF stand anywhere but in the `line_ends` CRLF pairs."""
    return head.count(b"\r") != line_ends or head.count(b"\n") != line_ends


def has_bare_control(text: str) -> bool:
    """Whether a control character stands in a line otherwise than as a quoted-pair in a quoted string."""
    return _WITHOUT_BARE.fullmatch(text) is None
