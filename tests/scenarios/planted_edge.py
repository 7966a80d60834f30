"""`python -m tests.scenarios.planted_edge`: the edge, with a bug in the handler of OPTIONS: for tests that must see it."""

import sys
from typing import Final

from sipedge import __main__ as program
from sipedge.handlers import dispatch, options
from sipedge.handlers.exchange import Exchange

REASON: Final = "planted: an Accept header was not expected"


def options_with_a_bug(exchange: Exchange) -> None:
    """Breaks where a request has more headers than usual."""
    if exchange.request.repeats_a_name():
        raise KeyError(REASON)
    options.options(exchange)


if __name__ == "__main__":
    dispatch.options = options_with_a_bug  # type: ignore[attr-defined]
    sys.exit(program.main())
