"""`python -m bench.desired [--objects 3000]`: a document planned and applied by a running platform.

Started beside `make run`, with the same DATA_DIR. All of the document is new: customers, and for each of them ten
subscribers with a credential, a number and call settings. Exit code 1 where the answers are not those of such a one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any, Final

from bench.reseller import Reseller, api_address, new_reseller

PER_CUSTOMER: Final = 10
PER_SUBSCRIBER: Final = 4
"""Objects of a subscriber: itself, its credential, its number, its call settings."""


def document(objects: int, domain: str, prefix: str) -> dict[str, list[dict[str, Any]]]:
    """A document of that many objects, or a few less."""
    customers = objects // (PER_CUSTOMER * PER_SUBSCRIBER + 1)
    aors = [f"u{number}@{domain}" for number in range(customers * PER_CUSTOMER)]
    settings = {"max_calls": 2, "forwardings": {"no_answer": {"targets": [f"{prefix}000000"], "seconds": 25}}}
    return {
        "customers": [{"name": f"Customer {number}"} for number in range(customers)],
        "subscribers": [
            {"aor": aor, "customer": f"Customer {number // PER_CUSTOMER}"} for number, aor in enumerate(aors)
        ],
        "credentials": [{"subscriber": aor, "slot": 1} for aor in aors],
        "numbers": [{"e164": f"{prefix}{number:06}", "subscriber": aor} for number, aor in enumerate(aors)],
        "call_settings": [{"aor": aor, **settings} for aor in aors],
    }


def main() -> int:
    """Runs what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.desired", description=__doc__)
    parser.add_argument("--objects", type=int, default=3_000, help="41 at least; the API takes 3,000 at most")
    asked = parser.parse_args()
    api = api_address()
    owner = new_reseller(asked.objects)
    wanted = document(asked.objects, owner.domain, owner.prefix)
    count = sum(map(len, wanted.values()))
    body = json.dumps(wanted).encode()
    print(f"{count:,} objects, {len(body):,} bytes")
    made = [_timed(owner, f"{api}{path}/", body, path) for path in ("plan", "apply")]
    again = [_timed(owner, f"{api}{path}/", body, f"{path} again") for path in ("plan", "apply")]
    return 0 if made == [count] * 2 and again == [0] * 2 else 1


def _timed(owner: Reseller, address: str, body: bytes, name: str) -> int:
    """How many changes the answer tells of; says how long it took."""
    begun = time.monotonic()
    changes = len(json.loads(owner.ask(address, body))["changes"])
    print(f"{time.monotonic() - begun:7.1f} s  {name}: {changes:,} changes", flush=True)
    return changes


if __name__ == "__main__":
    sys.exit(main())
