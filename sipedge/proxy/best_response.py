"""Which of several failures the caller is told, and what is added to it: RFC 3261 §16.7 steps 6 and 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sipedge.sip.message import Response

# Within 4xx: those that tell the caller how to try again ("SHOULD give preference"), then the ones that say
# something about the callee, and last the silence of a time-out.
_TELLING: Final = {401: 0, 407: 0, 415: 0, 420: 0, 422: 0, 484: 0, 486: 1, 600: 1, 408: 9, 487: 8, 480: 7}
_CHALLENGES: Final = ("WWW-Authenticate", "Proxy-Authenticate")

_Answer = tuple[int, Response | None]


def best_of(finals: Sequence[_Answer], *, hide_redirects: bool = True) -> _Answer:
    """The (status code, response) to send upstream; response None where we have to make it ourselves.

    A 6xx wins, else the lowest class. A 503 of a next hop is not ours, so it goes on as 500. A 3xx is not recursed
    on (§16.7 step 4 leaves that to the proxy) and, with `hide_redirects`, not shown to the caller either: whoever
    followed it would be led, on his own bill, to a target that nobody checked. It counts as 480.
    """
    status_code, response = min(map(_hidden, finals) if hide_redirects else finals, key=_rank)
    if status_code == 503:
        return 500, None
    if status_code in (401, 407) and response is not None:
        return status_code, _with_all_challenges(response, finals)
    return status_code, response


def _hidden(final: _Answer) -> _Answer:
    return (480, None) if 300 <= final[0] < 400 else final


def _rank(final: _Answer) -> tuple[int, int]:
    status_code, response = final
    if status_code >= 600:
        return (0, 0)
    if status_code in (401, 407) and not (response and any(map(response.has, _CHALLENGES))):
        return (4, 6)  # a phone's, whose challenge callers are not shown: it tells nobody anything
    return (status_code // 100, _TELLING.get(status_code, 5))


def _with_all_challenges(best: Response, finals: Sequence[_Answer]) -> Response:
    """Step 7: the challenges of all 401 and 407, unchanged, so that the caller can answer each of them at once."""
    best = best.copy()
    others = (response for code, response in finals if code in (401, 407) and response is not None)
    held = {(name, value) for name in _CHALLENGES for value in best.get_all(name)}
    for response in others:
        for name in _CHALLENGES:
            for value in response.get_all(name):
                if (name, value) not in held:
                    held.add((name, value))
                    best.append(name, value)
    return best
