"""Which of several failures the caller is told: RFC 3261 §16.7 step 6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sipedge.sip.message import Response

# Within 4xx: those that tell the caller how to try again ("SHOULD give preference"), then the ones that say
# something about the callee, and last the silence of a time-out.
_TELLING: Final = {401: 0, 407: 0, 415: 0, 420: 0, 484: 0, 486: 1, 600: 1, 408: 9, 487: 8, 480: 7}


def best_of(finals: Sequence[tuple[int, Response | None]]) -> tuple[int, Response | None]:
    """The (status code, response) to send upstream; response None where we have to make it ourselves.

    A 6xx wins, else the lowest class; a 503 of a next hop is not ours, so it goes on as 500.
    """
    status_code, response = min(finals, key=_rank)
    if status_code == 503:
        return 500, None
    return status_code, response


def _rank(final: tuple[int, Response | None]) -> tuple[int, int]:
    status_code = final[0]
    if status_code >= 600:
        return (0, 0)
    return (status_code // 100, _TELLING.get(status_code, 5))
