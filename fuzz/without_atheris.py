"""`python -m fuzz.without_atheris MODULE:FUNCTION SECONDS FOLDER`: mutations of the seeds, blind to coverage.

For machines that atheris has no wheel for. It finds shallow faults only, but finds them.
"""

from __future__ import annotations

import importlib
import logging
import random
import sys
import time
import traceback
from hashlib import sha256
from pathlib import Path

from fuzz.mutators import mutate
from fuzz.seeds import seeds_of, torture_messages
from fuzz.targets import Target


def run(target: Target, seeds: list[bytes], seconds: float, folder: Path) -> tuple[int, Path | None]:
    """Feed the target for so long; returns how often, and the input that broke it, written to `folder`."""
    rng = random.Random(4475)
    deadline = time.monotonic() + seconds
    runs = 0
    while time.monotonic() < deadline:
        data = mutate(rng, rng.choice(seeds))
        runs += 1
        try:
            target(data)
        except Exception:  # noqa: BLE001  whatever it is, it is what was looked for
            traceback.print_exc()
            folder.mkdir(parents=True, exist_ok=True)
            found = folder / f"crash-{sha256(data).hexdigest()[:40]}"
            found.write_bytes(data)
            return runs, found
    return runs, None


def main() -> int:
    """Run one target; 1 when it broke."""
    logging.disable()
    module, _, name = sys.argv[1].partition(":")
    seeds = seeds_of(name) + (torture_messages() if name in ("message", "stream", "engine") else [])
    target = getattr(importlib.import_module(module), name)
    runs, found = run(target, seeds, float(sys.argv[2]), Path(sys.argv[3]))
    print(f"Done {runs} runs" + (f"; broken by {found}" if found else ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
