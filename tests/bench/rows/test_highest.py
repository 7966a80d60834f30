"""Looking for the highest rate that is held."""

from types import SimpleNamespace
from typing import Any

import pytest

from bench.rows import highest
from bench.sipp import Counts


@pytest.mark.parametrize("limit", [4000, 4100, 7000, 9500, 12_345, 29_000])
def test_the_limit_is_found_within_the_finest_step(limit: int) -> None:
    asked: list[int] = []

    def holds(rate: int) -> bool:
        asked.append(rate)
        return rate <= limit

    found = highest.search(holds, 4000)
    assert limit / highest.FINEST / 1.01 <= found <= limit
    assert len(asked) < 30


def test_not_even_the_first_rate() -> None:
    assert highest.search(lambda rate: rate < 4000, 4000) == 0


def test_one_failure_is_chance() -> None:
    failed: set[int] = set()

    def holds(rate: int) -> bool:
        if rate not in failed:
            failed.add(rate)
            return False
        return rate <= 8000

    assert highest.search(holds, 4000) > 7400


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (Counts(0, 5000, 0, 4, 1.0), "held"),
        (Counts(0, 5000, 0, 5, 1.0), "5 sent again"),
        (Counts(0, 5000, 0, 0, 1.1), "SIPp came to 4,545/s"),
        (Counts(1, 4999, 1, 0, 1.0), "SIPp ended with 1: 4999 of 5000 well, 1 failed"),
    ],
)
def test_what_it_is_to_hold_a_rate(monkeypatch: pytest.MonkeyPatch, counts: Counts, reason: str) -> None:
    monkeypatch.setattr(highest, "PAUSE", 0.0)
    said: list[str] = []
    stage: Any = SimpleNamespace(say=said.append)
    assert highest.is_held(stage, "edge", 5000, 5000, counts) is (reason == "held")
    assert said == [f"    edge at 5,000/s: {reason}"]
