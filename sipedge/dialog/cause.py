"""Why a call ended, in the telephone network's words: Q.850 causes (RFC 3326; RFC 3398 §8.2.6.1 for the mapping)."""

from __future__ import annotations

import re
from typing import Final

NORMAL_CLEARING: Final = 16
INTERWORKING: Final = 127

_CAUSES: Final = {
    401: 21, 402: 21, 403: 21, 407: 21, 603: 21, 404: 1, 604: 1, 405: 63, 406: 79, 408: 102, 504: 102, 410: 22,
    413: 127, 414: 127, 415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25,
    484: 28, 485: 1, 486: 17, 600: 17, 487: 16, 488: 88, 500: 41, 501: 79, 502: 38, 503: 41, 505: 127, 513: 127,
    606: 88,
}  # fmt: skip
_Q850 = re.compile(r"Q\.850\s*;(?:[^,]*;)?\s*cause\s*=\s*(\d{1,3})\b", re.IGNORECASE)


def cause_of_status(status_code: int) -> int:
    """The Q.850 cause that a final SIP status stands for; 127 (interworking) where the table has none."""
    return NORMAL_CLEARING if status_code < 300 else _CAUSES.get(status_code, INTERWORKING)


def cause_in_reason(reason_header: str | None) -> int | None:
    """The cause that a Reason header names for Q.850, None where it names none or nonsense."""
    match = _Q850.search(reason_header) if reason_header else None
    return int(match[1]) if match and int(match[1]) <= 127 else None
