"""What a soak may leave behind: nothing."""

from dataclasses import replace
from typing import Any

import pytest

from bench.soak import judge
from tests.bench.soak.looks import WELL

END = replace(WELL, transactions=0.0, connections=0.0, standing=0.0)


def looks(**slopes: float) -> list[Any]:
    """Twenty looks, of which some fields grow by so much each time."""
    found = []
    for number in range(20):
        grown = {name: type(getattr(WELL, name))(getattr(WELL, name) + number * by) for name, by in slopes.items()}
        found.append(replace(WELL, seconds=10.0 * number, **grown))
    return found


def test_all_is_well_when_nothing_grows() -> None:
    assert judge.complaints(looks(), END) == []


def test_what_grows_while_it_warms_up_is_fine() -> None:
    cold = [replace(WELL, rss=WELL.rss - 60_000_000 + number * 7_500_000) for number in range(8)]
    assert judge.complaints([*cold, *looks()[8:]], END) == []


@pytest.mark.parametrize(
    ("slopes", "sentence"),
    [
        ({"rss": 1_000_000}, "memory grew by 9.0 MB after the warm-up, from 108 MB"),
        ({"files": 2}, "22 more file descriptors are open than after the warm-up"),
        ({"oldest": 1.0}, "a transaction in PostgreSQL was open for 19 s"),
    ],
)
def test_what_grows_after_it_is_not(slopes: dict[str, float], sentence: str) -> None:
    assert judge.complaints(looks(**slopes), END) == [sentence]


@pytest.mark.parametrize(
    ("left", "word"),
    [
        ({"transactions": 500.0}, "500 transactions"),
        ({"connections": 40.0}, "40 connections"),
        ({"standing": 21.0}, "21 ringing calls"),
        ({"exceptions": 2.0}, "failed 2 times"),
        ({"waiting": 1.0}, "1 bindings and calls still wait"),
    ],
)
def test_at_the_end_nothing_is_left(left: dict[str, Any], word: str) -> None:
    (sentence,) = judge.complaints(looks(), replace(END, **left))
    assert word in sentence


def test_too_few_looks_say_nothing() -> None:
    assert judge.complaints(looks()[:4], END) == ["the soak was too short to say anything: it needs ten looks"]
