"""`python -m bench.imports [--rows 100000] [--kill]`: subscribers with numbers imported into a running platform.

Started beside `make run`, with the same DATA_DIR: sends a file over HTTP, asks how far it is while the worker goes
through it, fetches the passwords, and has the subscribers exported again. --kill: kills the worker in the middle, upon
which the platform stops; start it again, and the script goes on asking. Exit code 1 where a row is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import urllib.error
from pathlib import Path
from typing import Any, Final

from bench.reseller import Reseller, api_address, data_folder, new_reseller

HEADER: Final = "username,domain,customer,display_name,numbers"
EACH: Final = 0.5
"""Seconds between two looks at the job."""
PER_CUSTOMER: Final = 10
PATIENCE: Final = 1_800.0


def lines(rows: int, domain: str, prefix: str) -> str:
    """The file: each subscriber with a number, ten of a customer."""
    told = (f"u{n},{domain},Customer {n // PER_CUSTOMER},Name {n},{prefix}{n:06}" for n in range(rows))
    return "\n".join([HEADER, *told, ""])


def main() -> int:
    """Runs what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="a million at most")
    parser.add_argument("--kill", action="store_true", help="kill the worker when a third is done")
    asked = parser.parse_args()
    api = api_address()
    owner = new_reseller(asked.rows)
    begun = time.monotonic()
    body = lines(asked.rows, owner.domain, owner.prefix).encode()
    sent = json.loads(owner.ask(f"{api}imports/?kind=subscribers&make_customers=1", body, "text/csv"))
    print(f"{time.monotonic() - begun:7.1f} s  sent, {len(body):,} bytes", flush=True)
    at = f"{api}imports/{sent['id']}/"
    job = _watch(owner, at, begun, data_folder() if asked.kill else None)
    print(
        f"{time.monotonic() - begun:7.1f} s  {job['state']}: {job['rows_created']:,} made, {job['rows_failed']} refused"
    )
    passwords = owner.ask(f"{at}passwords/", b"{}").count(b"\n") - 1
    begun = time.monotonic()
    exported = owner.ask(f"{api}subscribers/export/")
    names = {line.partition(b",")[0] for line in exported.splitlines()[1:]}
    print(f"{time.monotonic() - begun:7.1f} s  exported, {len(exported):,} bytes; {passwords:,} passwords")
    return 0 if job["rows_created"] == passwords == len(names) == exported.count(b"\n") - 1 == asked.rows else 1


def _watch(owner: Reseller, at: str, begun: float, folder: Path | None) -> dict[str, Any]:
    """Ask until the job has ended; says each tenth. folder: of the platform whose worker is to be killed."""
    said = -1
    while time.monotonic() - begun < PATIENCE:
        try:
            job: dict[str, Any] = json.loads(owner.ask(at))
        except (urllib.error.URLError, ConnectionError):
            time.sleep(EACH)  # it is being started again
            continue
        if job["progress"] // 10 > said:
            said = job["progress"] // 10
            print(f"{time.monotonic() - begun:7.1f} s  {job['progress']} %", flush=True)
        if job["state"] not in ("queued", "running"):
            return job
        if folder is not None and job["progress"] >= 33:
            os.kill(int((folder / "run" / "worker.pid").read_text()), signal.SIGKILL)
            print(
                f"{time.monotonic() - begun:7.1f} s  killed the worker at {job['progress']} %: start the platform again"
            )
            folder = None
        time.sleep(EACH)
    raise SystemExit("It did not end.")


if __name__ == "__main__":
    sys.exit(main())
