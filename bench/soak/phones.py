"""`python -m bench.soak.phones TASK`: our own phones refresh, and some of them go and come back. Started by the soak.

One line of JSON for each round on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from bench.phones import Phones
from bench.places import HOST
from bench.seed import username
from bench.sipp import Counts
from bench.soak.mix import REFRESHERS, Task, register_the_called

ROUND_SECONDS: Final = 5.0
LEAVE_EVERY: Final = 6
LEAVERS: Final = 100
CALLED_AGAIN: Final = 1800.0
"""Seconds after which the phones that are called register again: half of the hour that they asked for."""


def main() -> int:
    """Works until the task's time is over; returns the exit code."""
    task = Task.from_text(sys.argv[1])
    password = (Path(os.environ["DATA_DIR"]) / "password").read_text().strip()
    phones = Phones([username(number) for number in REFRESHERS], password, (HOST, task.port), task.target)
    end = time.monotonic() + task.seconds
    called = time.monotonic() + CALLED_AGAIN
    number = 0
    while time.monotonic() < end:
        number += 1
        _tell("refresh", phones.refresh(int(task.rate * ROUND_SECONDS) or 1, task.rate, challenges=True))
        if number % LEAVE_EVERY == 0:
            _tell("unregister", phones.unregister(LEAVERS, task.rate))
        if time.monotonic() > called:
            called += CALLED_AGAIN
            register_the_called(task, password)
    return 0


def _tell(what: str, counts: Counts) -> None:
    line = {
        "what": what, "well": counts.successful, "failed": counts.failed, "again": counts.retransmissions,
        "p50": counts.percentile(0.5) if counts.times else None,
        "p99": counts.percentile(0.99) if counts.times else None,
    }  # fmt: skip
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
