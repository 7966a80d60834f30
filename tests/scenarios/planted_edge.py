"""`python -m tests.scenarios.planted_edge`: the edge with a bug in its handler of CANCEL, which tests must see."""

import sys
from typing import Final

from sipedge import __main__ as program
from sipedge.handlers import cancel, dispatch
from sipedge.handlers.exchange import Exchange

REASON: Final = "planted: twice the same header was not expected"


def cancel_with_a_bug(exchange: Exchange) -> None:
    """Breaks where a header stands twice."""
    if exchange.request.repeats_a_name():
        raise KeyError(REASON)
    cancel.cancel(exchange)


if __name__ == "__main__":
    dispatch.cancel = cancel_with_a_bug  # type: ignore[attr-defined]
    sys.exit(program.main())
