"""Looks of a soak that went well, to be changed by tests."""

from bench.soak.watch import Look

WELL = Look(
    seconds=0.0, rss=100_000_000, pss=80_000_000, files=25, transactions=7000.0, cached=11_000.0, connections=2.0,
    standing=3.0, waiting=0.0, registrations=0.0, calls=0.0, exceptions=0.0, open_transactions=1, oldest=0.01, cpu=1.0,
    p50=2.0, p99=9.0, failed=0, again=0,
)  # fmt: skip
